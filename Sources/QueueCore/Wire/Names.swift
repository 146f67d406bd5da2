/// What models, versions and workers may be called.
public enum Names {
  /// The longest name, in bytes.
  public static let maximumBytes = 128

  /// Whether `name` is 1 to 128 bytes of `A-Z a-z 0-9 . _ -`.
  public static func isValid(_ name: String) -> Bool {
    let utf8 = name.utf8
    return !utf8.isEmpty && utf8.count <= Self.maximumBytes && utf8.allSatisfy(Self.isAllowed)
  }

  /// Whether these bytes of a received header, which need not even be UTF-8, are a valid name.
  static func isValid(_ name: RawSpan) -> Bool {
    guard !name.isEmpty, name.byteCount <= Self.maximumBytes else { return false }
    for offset in 0..<name.byteCount
    where !Self.isAllowed(name.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) {
      return false
    }
    return true
  }

  /// A bit for each byte from 0 to 63 that names may have: `-`, `.` and the digits.
  private static let allowedBelow64: UInt64 = 1 << 45 | 1 << 46 | 0x3FF << 48
  /// The same for 64 to 127: letters and `_`.
  private static let allowedFrom64: UInt64 = 0x3FF_FFFF << 1 | 1 << 31 | 0x3FF_FFFF << 33

  static func isAllowed(_ byte: UInt8) -> Bool {
    guard byte < 128 else { return false }
    return (byte < 64 ? Self.allowedBelow64 : Self.allowedFrom64) >> UInt64(byte & 63) & 1 == 1
  }

  /// Whether version `left` comes before `right`: runs of digits compare as numbers, the rest as text, so that
  /// `2` comes before `10` and `1.9` before `1.10`.
  public static func versionPrecedes(_ left: String, _ right: String) -> Bool {
    var leftRest = Array(left.utf8)[...]
    var rightRest = Array(right.utf8)[...]
    while let leftByte = leftRest.first, let rightByte = rightRest.first {
      if Self.isDigit(leftByte), Self.isDigit(rightByte) {
        let leftNumber = leftRest.prefix(while: Self.isDigit)
        let rightNumber = rightRest.prefix(while: Self.isDigit)
        leftRest = leftRest.dropFirst(leftNumber.count)
        rightRest = rightRest.dropFirst(rightNumber.count)
        let leftDigits = leftNumber.drop { $0 == UInt8(ascii: "0") }
        let rightDigits = rightNumber.drop { $0 == UInt8(ascii: "0") }
        if leftDigits.count != rightDigits.count { return leftDigits.count < rightDigits.count }
        if !leftDigits.elementsEqual(rightDigits) { return leftDigits.lexicographicallyPrecedes(rightDigits) }
      } else {
        if leftByte != rightByte { return leftByte < rightByte }
        leftRest = leftRest.dropFirst()
        rightRest = rightRest.dropFirst()
      }
    }
    if leftRest.isEmpty != rightRest.isEmpty { return leftRest.isEmpty }
    return left < right
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}
