/// A JSON document as a tree, for documents of no known form that are to be compared. Numbers stay the text they were.
indirect enum JSONTree: Hashable {
  case null
  case bool(Bool)
  case number(String)
  case string([UInt8])
  case array([JSONTree])
  case object([String: JSONTree])

  /// Brackets within brackets, beyond which a document is not read.
  private static let maximumDepth = 64

  /// Reads one document; nil if it is none, or nested too deeply.
  init?(_ bytes: [UInt8]) {
    var reader = Reader(bytes: bytes)
    guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
    self = value
  }

  /// Bytes as text in quotes, cut where it gets long.
  static func quoted(_ bytes: [UInt8]) -> String {
    let shown = String(decoding: bytes.prefix(64), as: UTF8.self)
    return "\"\(shown)\(bytes.count > 64 ? "…" : "")\""
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool {
      mutating get {
        self.skipBlanks()
        return self.position == self.bytes.count
      }
    }

    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func skipBlanks() {
      while let byte = self.next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { self.position += 1 }
    }

    /// Steps over this byte and blanks before it; false if another one comes.
    private mutating func take(_ byte: Character) -> Bool {
      self.skipBlanks()
      guard let expected = byte.asciiValue, self.next == expected else { return false }
      self.position += 1
      return true
    }

    mutating func value(depth: Int) -> JSONTree? {
      guard depth < JSONTree.maximumDepth else { return nil }
      self.skipBlanks()
      switch self.next {
      case UInt8(ascii: "{"): return self.object(depth: depth)
      case UInt8(ascii: "["): return self.array(depth: depth)
      case UInt8(ascii: "\""): return self.string().map { .string($0) }
      case nil: return nil
      default: return self.word()
      }
    }

    private mutating func object(depth: Int) -> JSONTree? {
      var members: [String: JSONTree] = [:]
      guard self.take("{") else { return nil }
      if self.take("}") { return .object(members) }
      repeat {
        self.skipBlanks()
        guard self.next == UInt8(ascii: "\""), let name = self.string(), self.take(":"),
          let value = self.value(depth: depth + 1)
        else { return nil }
        members[String(decoding: name, as: UTF8.self)] = value
      } while self.take(",")
      return self.take("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSONTree? {
      var elements: [JSONTree] = []
      guard self.take("[") else { return nil }
      if self.take("]") { return .array(elements) }
      repeat {
        guard let value = self.value(depth: depth + 1) else { return nil }
        elements.append(value)
      } while self.take(",")
      return self.take("]") ? .array(elements) : nil
    }

    /// The bytes between the quotes. Escapes stay as they are written: both sides come from the same writer.
    private mutating func string() -> [UInt8]? {
      self.position += 1
      let start = self.position
      while let byte = self.next {
        if byte == UInt8(ascii: "\"") {
          defer { self.position += 1 }
          return Array(self.bytes[start..<self.position])
        }
        self.position += byte == UInt8(ascii: "\\") ? 2 : 1
      }
      return nil
    }

    private mutating func word() -> JSONTree? {
      let start = self.position
      while let byte = self.next, Self.belongsToWord(byte) { self.position += 1 }
      switch String(decoding: self.bytes[start..<self.position], as: UTF8.self) {
      case "null": return .null
      case "true": return .bool(true)
      case "false": return .bool(false)
      case let text: return Double(text) == nil ? nil : .number(text)
      }
    }

    private static func belongsToWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}

extension JSONTree: CustomStringConvertible {
  /// The value in a few words.
  var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text): String(text.prefix(32))
    case .string(let bytes): Self.quoted(bytes)
    case .array(let elements): "an array of \(elements.count)"
    case .object(let members): "an object of \(members.count)"
    }
  }
}
