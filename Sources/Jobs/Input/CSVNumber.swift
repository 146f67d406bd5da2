/// Numbers as people and programs write them into CSV, put as JSON.
enum CSVNumber {
  private static let specials: [(word: String, json: String)] = [
    ("nan", "\"NaN\""), ("inf", "\"Infinity\""), ("infinity", "\"Infinity\""),
  ]

  /// Appends a number as JSON; false if it is none. Spaces and tabs round it are passed over; a plus sign, leading
  /// zeros and a point without digits on one side, none of which JSON has, are put right. If `allowsSpecials`, NaN and
  /// infinities are taken in their usual spellings, in any case, and become JSON strings.
  static func append(_ cell: UnsafeRawBufferPointer, allowsSpecials: Bool, to output: inout [UInt8]) -> Bool {
    var text = Self.trimmed(cell)
    guard let first = text.first else { return false }
    let isNegative = first == UInt8(ascii: "-")
    if isNegative || first == UInt8(ascii: "+") { text = UnsafeRawBufferPointer(rebasing: text.dropFirst()) }
    let start = output.count
    if isNegative { output.append(UInt8(ascii: "-")) }
    if Self.appendDigits(text, to: &output) { return true }
    output.removeSubrange(start...)
    guard allowsSpecials else { return false }
    let word = String(decoding: text, as: UTF8.self).lowercased()
    guard let special = Self.specials.first(where: { $0.word == word }) else { return false }
    let json = isNegative && word != "nan" ? "\"-Infinity\"" : special.json
    output += Array(json.utf8)
    return true
  }

  /// Appends `true` or `false` as JSON; false if the cell says neither.
  static func appendBool(_ cell: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
    switch String(decoding: Self.trimmed(cell), as: UTF8.self).lowercased() {
    case "true", "1": output += Array("true".utf8)
    case "false", "0": output += Array("false".utf8)
    default: return false
    }
    return true
  }

  static func trimmed(_ cell: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var rest = cell[...]
    while let first = rest.first, isBlank(first) { rest = rest.dropFirst() }
    while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
    return UnsafeRawBufferPointer(rebasing: rest)
  }

  /// Appends a number without its sign: digits, a point and digits, an exponent.
  private static func appendDigits(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
    var place = 0
    func digits() -> Range<Int> {
      let start = place
      while place < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) { place += 1 }
      return start..<place
    }
    func takes(_ characters: StaticString) -> Bool {
      guard place < text.count else { return false }
      let isThere = UnsafeRawBufferPointer(start: characters.utf8Start, count: characters.utf8CodeUnitCount)
        .contains(text[place])
      if isThere { place += 1 }
      return isThere
    }
    var whole = digits()
    let hasPoint = takes(".")
    let fraction = hasPoint ? digits() : place..<place
    guard !whole.isEmpty || !fraction.isEmpty else { return false }
    while whole.count > 1, text[whole.lowerBound] == UInt8(ascii: "0") { whole = whole.dropFirst() }
    if whole.isEmpty { output.append(UInt8(ascii: "0")) } else { output.append(contentsOf: text[whole]) }
    if !fraction.isEmpty {
      output.append(UInt8(ascii: "."))
      output.append(contentsOf: text[fraction])
    } else if hasPoint {
      output += Array(".0".utf8)
    }
    if takes("eE") {
      let sign = place
      _ = takes("+-")
      let exponent = digits()
      guard !exponent.isEmpty else { return false }
      output.append(UInt8(ascii: "e"))
      output.append(contentsOf: text[sign..<exponent.upperBound])
    }
    return place == text.count
  }
}
