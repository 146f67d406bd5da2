import QueueCore
import Testing

/// A byte table is right if, walking along real messages by it, every cut inside a field makes the codec complain about
/// that very field, and the last row ends where the message does.
@Suite("Byte tables of the protocol's document")
struct ByteTableTests {
  /// The messages that the table under a heading describes.
  struct Subject: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Where the table begins: behind the prefix, or at the start.
    var start: Int
    var read: @Sendable ([UInt8]) throws(WireError) -> Void
    var sample: @Sendable (inout SplitMix64) -> [UInt8]

    init<Message: WireMessage>(
      _ heading: String, start: Int = Prefix.byteCount, _ type: Message.Type,
      like isWanted: @escaping @Sendable (Message) -> Bool = { _ in true }
    ) {
      self.testDescription = heading
      self.start = start
      self.read = { bytes throws(WireError) in _ = try Message(decoding: bytes.span.bytes) }
      self.sample = { generator in
        while true {
          let message = Message.random(using: &generator)
          if isWanted(message) { return message.onWire }
        }
      }
    }
  }

  static let commands: [Subject] = [
    Subject("REQUEST", RequestMessage.self), Subject("CANCEL", CancelHeader.self),
    Subject("CONTROL", ControlHeader.self), Subject("PING", PingHeader.self) { $0.instance == 0 },
    Subject("PONG", PingHeader.self) { $0.instance != 0 }, Subject("REPLY", ReplyHeader.self),
    Subject("JOIN", JoinHeader.self), Subject("WELCOME", WelcomeHeader.self), Subject("READY", ReadyHeader.self),
    Subject("WORK", WorkHeader.self), Subject("RESULT", ResultHeader.self),
    Subject("CANCEL_WORK", CancelWorkHeader.self),
    Subject("HEARTBEAT", SessionHeader.self) { $0.command == .heartbeat },
    Subject("BROKER_HEARTBEAT", SessionHeader.self) { $0.command == .brokerHeartbeat },
    Subject("DRAIN", SessionHeader.self) { $0.command == .drain },
    Subject("DRAINING", SessionHeader.self) { $0.command == .draining },
    Subject("GOODBYE", SessionHeader.self) { $0.command == .goodbye },
    Subject("DISCONNECT", DisconnectHeader.self),
  ]

  static let parts: [Subject] = [
    Subject("Origin part", start: 0, Origin.self), Subject("Error part", start: 0, ErrorDetail.self),
    Subject("Figures part", start: 0, WorkerFigures.self), Subject("Artifact part", start: 0, Artifact.self),
  ]

  let document: ProtocolDocument

  init() throws {
    self.document = try ProtocolDocument.shared.get()
  }

  @Test("Every command has a byte table")
  func everyCommandHasATable() {
    #expect(Set(Self.commands.map(\.testDescription)) == Set(Command.allCases.map(\.name)))
  }

  @Test("The table follows the codec byte by byte", arguments: commands + parts)
  func tableFollowsCodec(subject: Subject) throws {
    var generator = SplitMix64(seed: 20)
    for _ in 0..<3 {
      let bytes = subject.sample(&generator)
      var walk = Walk(document: self.document, bytes: bytes)
      if subject.start > 0 { try walk.follow("Prefix", from: 0) }
      try walk.follow(subject.testDescription, from: subject.start)
      #expect(walk.position == bytes.count)
      for field in walk.fields {
        for length in field.range {
          let complaint = Self.complaint([UInt8](bytes[..<length]), subject)
          // What may be left out as a whole is not missed.
          if field.isOptional, length == field.range.lowerBound, complaint == nil { continue }
          #expect(complaint == field.name || field.isGroup && complaint != nil, "cut after \(length) bytes")
        }
      }
    }
  }

  /// The field that the codec misses in these bytes, or nil if it is content or complains about something else.
  private static func complaint(_ bytes: [UInt8], _ subject: Subject) -> String? {
    do {
      try subject.read(bytes)
      return nil
    } catch {
      guard case .truncated(let field, _, _) = error else { return nil }
      return field
    }
  }
}

/// A message, walked along by the rows of tables.
private struct Walk {
  struct Field {
    var name: String
    var range: Range<Int>
    /// Whether the field is a number of entries whose own fields have no rows.
    var isGroup: Bool
    var isOptional: Bool
  }

  struct Wrong: Error, CustomStringConvertible {
    var description: String
  }

  let document: ProtocolDocument
  let bytes: [UInt8]
  var position = 0
  var fields: [Field] = []

  mutating func follow(_ heading: String, from start: Int) throws {
    guard self.position == start else {
      throw Wrong(description: "'\(heading)' begins at \(start), not \(self.position)")
    }
    let base = heading == "Histogram" ? self.position : 0
    for row in try self.document.table(heading, columns: 4) {
      let (offset, size, name) = (row[0], row[1], row[2])
      guard offset == "…" || Int(offset) == self.position - base else {
        throw Wrong(description: "'\(name)' of '\(heading)' stands at \(self.position - base), not \(offset)")
      }
      if size == "histogram" {
        try self.follow("Histogram", from: self.position)
      } else {
        let isGroup = size.hasSuffix("n") && !size.hasSuffix(" n")
        let end = self.position + (try self.length(size))
        guard end <= self.bytes.count else {
          throw Wrong(description: "'\(name)' of '\(heading)' ends behind the part")
        }
        self.fields.append(
          Field(
            name: name, range: self.position..<end, isGroup: isGroup,
            isOptional: row[3].hasSuffix("a sender MAY leave the whole field out")))
        self.position = end
      }
    }
  }

  /// The bytes of a field whose size is written as `4`, `1 + n`, `2 + n`, `1 + 9n` or `2 + 10n`.
  private func length(_ size: String) throws -> Int {
    let terms = size.split(separator: " + ").map(String.init)
    guard let counter = Int(terms[0]), counter > 0 else { throw Wrong(description: "'\(size)' is no size") }
    guard terms.count > 1 else { return counter }
    guard terms.count == 2, terms[1].hasSuffix("n"), let each = terms[1] == "n" ? 1 : Int(terms[1].dropLast()) else {
      throw Wrong(description: "'\(size)' is no size")
    }
    let count = self.bytes[self.position...].prefix(counter).reduce(0) { $0 << 8 | Int($1) }
    return counter + count * each
  }
}
