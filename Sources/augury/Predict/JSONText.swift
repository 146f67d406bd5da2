/// Finds values in JSON text without reading them: where they begin and end.
///
/// It looks at brackets, strings and separators only. Whether a value is right JSON is for the worker to say; what
/// matters here is that a row cannot be anything but one value.
struct JSONText {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t")
  }

  /// Whether the text is one value with nothing but blanks around it.
  var isOneValue: Bool {
    guard let value = self.value(from: 0) else { return false }
    return self.skipBlanks(from: value.upperBound) == self.bytes.count
  }

  /// The member of an object, the whole text, that has this key.
  func member(_ key: String) -> Range<Int>? {
    let wanted = Array(key.utf8)
    var position = self.skipBlanks(from: 0)
    guard self.byte(at: position) == UInt8(ascii: "{") else { return nil }
    repeat {
      position += 1
      guard let name = self.value(from: position), self.byte(at: name.lowerBound) == UInt8(ascii: "\"") else {
        return nil
      }
      position = self.skipBlanks(from: name.upperBound)
      guard self.byte(at: position) == UInt8(ascii: ":"), let value = self.value(from: position + 1) else { return nil }
      if self.bytes[name].dropFirst().dropLast().elementsEqual(wanted) { return value }
      position = self.skipBlanks(from: value.upperBound)
    } while self.byte(at: position) == UInt8(ascii: ",")
    return nil
  }

  /// The elements of an array; nil if there is none at this place.
  func elements(of array: Range<Int>) -> [Range<Int>]? {
    guard self.byte(at: array.lowerBound) == UInt8(ascii: "[") else { return nil }
    var position = self.skipBlanks(from: array.lowerBound + 1)
    if self.byte(at: position) == UInt8(ascii: "]") { return [] }
    var elements: [Range<Int>] = []
    while let element = self.value(from: position) {
      elements.append(element)
      position = self.skipBlanks(from: element.upperBound)
      if self.byte(at: position) == UInt8(ascii: "]") { return elements }
      guard self.byte(at: position) == UInt8(ascii: ",") else { return nil }
      position += 1
    }
    return nil
  }

  /// The value that begins at a place, or after the blanks there; nil if there is none, or none that ends.
  func value(from place: Int) -> Range<Int>? {
    let start = self.skipBlanks(from: place)
    let end: Int?
    switch self.byte(at: start) {
    case nil: return nil
    case UInt8(ascii: "\""): end = self.endOfString(from: start)
    case UInt8(ascii: "{"), UInt8(ascii: "["): end = self.endOfBrackets(from: start)
    default: end = self.endOfWord(from: start)
    }
    return end.flatMap { $0 > start ? start..<$0 : nil }
  }

  private func byte(at place: Int) -> UInt8? {
    place < self.bytes.count ? self.bytes[place] : nil
  }

  private func skipBlanks(from place: Int) -> Int {
    var place = place
    while let byte = self.byte(at: place), Self.isBlank(byte) { place += 1 }
    return place
  }

  private func endOfString(from start: Int) -> Int? {
    var place = start + 1
    while let byte = self.byte(at: place) {
      if byte == UInt8(ascii: "\"") { return place + 1 }
      place += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  private func endOfBrackets(from start: Int) -> Int? {
    var depth = 0
    var place = start
    while let byte = self.byte(at: place) {
      switch byte {
      case UInt8(ascii: "\""):
        guard let end = self.endOfString(from: place) else { return nil }
        place = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return place + 1 }
      default: break
      }
      place += 1
    }
    return nil
  }

  /// Numbers, `true`, `false`, `null`, and what is mistaken for them.
  private func endOfWord(from start: Int) -> Int {
    let ends = Array("{}[],:\"".utf8)
    var place = start
    while let byte = self.byte(at: place), !Self.isBlank(byte), !ends.contains(byte) { place += 1 }
    return place
  }
}
