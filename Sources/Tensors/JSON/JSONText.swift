/// JSON strings as bytes.
public enum JSONText {
  /// Appends UTF-8 text as a JSON string with its quotes; false, with nothing appended, if it is not UTF-8.
  public static func append(string text: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
    var isASCII = true
    for byte in text where byte >= 0x80 {
      isASCII = false
      break
    }
    guard isASCII || String(validating: text, as: UTF8.self) != nil else { return false }
    output.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
      case 0x0A: output += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0x0D: output += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case 0x09: output += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        output += Array("\\u00".utf8)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
    return true
  }

  /// Text as a JSON string with its quotes.
  public static func string(_ text: String) -> [UInt8] {
    var output: [UInt8] = []
    // A String is UTF-8.
    _ = Array(text.utf8).withUnsafeBytes { Self.append(string: $0, to: &output) }
    return output
  }

  /// Appends what a JSON string says: its text without quotes and escapes. The string must be sound, as one that
  /// ``JSONMembers`` has found is; a lone surrogate becomes U+FFFD.
  public static func append(contentOf string: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    guard string.count >= 2 else { return }
    let text = UnsafeRawBufferPointer(rebasing: string[1..<string.count - 1])
    var index = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      guard byte == UInt8(ascii: "\\"), index < text.count else {
        output.append(byte)
        continue
      }
      let escape = text[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0C)
      case UInt8(ascii: "u"): Self.append(unit: Self.unit(text, &index), in: text, &index, to: &output)
      default: output.append(escape)
      }
    }
  }

  /// The text that a JSON string says.
  public static func content(of string: UnsafeRawBufferPointer) -> String {
    var bytes: [UInt8] = []
    Self.append(contentOf: string, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(
    unit: UInt16, in text: UnsafeRawBufferPointer, _ index: inout Int, to output: inout [UInt8]
  ) {
    var units = [unit]
    if UTF16.isLeadSurrogate(unit), index + 1 < text.count, text[index] == UInt8(ascii: "\\"),
      text[index + 1] == UInt8(ascii: "u")
    {
      var next = index + 2
      let second = Self.unit(text, &next)
      if UTF16.isTrailSurrogate(second) {
        units.append(second)
        index = next
      }
    }
    output += Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private static func unit(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 where index < text.count {
      unit = unit << 4 | UInt16(Character(UnicodeScalar(text[index])).hexDigitValue ?? 0)
      index += 1
    }
    return unit
  }
}
