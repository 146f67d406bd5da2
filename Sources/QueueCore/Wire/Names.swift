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

  static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
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
