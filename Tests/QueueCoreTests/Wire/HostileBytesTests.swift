import QueueCore
import Testing

/// Whatever a peer sends, a reader gives a message or a ``WireError``: a trap would end the test process.
@Suite("Bytes that nobody meant")
struct HostileBytesTests {
  static let rounds = 100_000

  /// Whole messages to damage, a few of every kind.
  static let pool: [(kind: WireKind, bytes: [UInt8])] = {
    var generator = SplitMix64(seed: 12)
    return WireKind.all.flatMap { kind in (0..<50).map { _ in (kind, kind.randomBytes(&generator)) } }
  }()

  @Test("Random bytes are read or refused, never a trap")
  func randomBytesAreReadOrRefused() {
    var generator = SplitMix64(seed: 5)
    var outcome = Outcome()
    for _ in 0..<Self.rounds {
      let bytes = generator.bytes(count: Int.random(in: 0...80, using: &generator))
      outcome.note(generator.element(of: WireKind.all), bytes)
    }
    #expect(outcome.complaints.isEmpty, "\(outcome.complaints.prefix(3))")
    #expect(outcome.refused > Self.rounds / 2)
  }

  @Test("Random fields behind a right prefix are read or refused, never a trap")
  func randomFieldsAreReadOrRefused() {
    var generator = SplitMix64(seed: 6)
    var outcome = Outcome()
    for _ in 0..<Self.rounds / 4 {
      let (kind, bytes) = generator.element(of: Self.pool)
      let prefix = bytes.prefix(Prefix.byteCount)
      outcome.note(kind, prefix + generator.bytes(count: Int.random(in: 0...80, using: &generator)))
    }
    #expect(outcome.complaints.isEmpty, "\(outcome.complaints.prefix(3))")
    #expect(outcome.refused > 0 && outcome.read > 0)
  }

  @Test("Damaged messages are read or refused, never a trap")
  func damagedMessagesAreReadOrRefused() {
    var generator = SplitMix64(seed: 7)
    var outcome = Outcome()
    for _ in 0..<Self.rounds {
      var (kind, bytes) = generator.element(of: Self.pool)
      for _ in 0..<Int.random(in: 1...4, using: &generator) { Self.damage(&bytes, using: &generator) }
      if generator.chance(oneIn: 8) { kind = generator.element(of: WireKind.all) }
      outcome.note(kind, bytes)
    }
    #expect(outcome.complaints.isEmpty, "\(outcome.complaints.prefix(3))")
    #expect(outcome.refused > 0 && outcome.read > 0)
  }

  @Test("A damaged request still tells the request id, so that it can be answered")
  func damagedRequestTellsItsID() {
    var generator = SplitMix64(seed: 8)
    for _ in 0..<1000 {
      let message = RequestMessage.random(using: &generator)
      var bytes = message.onWire
      let length = Int.random(in: 0...bytes.count, using: &generator)
      bytes = [UInt8](bytes[..<length])
      let expected = length >= Prefix.byteCount + 8 ? message.request : nil
      #expect(RequestHeader.requestID(inDamaged: bytes.span.bytes) == expected)
    }
  }

  private static func damage(_ bytes: inout [UInt8], using generator: inout SplitMix64) {
    let position = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes.removeSubrange(position...)
    case 1: bytes.insert(contentsOf: generator.bytes(count: 3), at: position)
    case 2: bytes.append(contentsOf: generator.bytes(count: 9))
    case 3 where position < bytes.count: bytes.remove(at: position)
    case 4 where position < bytes.count: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    default: if position < bytes.count { bytes[position] = generator.number() }
    }
  }
}

/// What became of many attempts at reading.
private struct Outcome {
  var read = 0
  var refused = 0
  var complaints: [String] = []

  /// Reads `bytes`; what is read must write something that reads and writes the same again.
  mutating func note(_ kind: WireKind, _ bytes: [UInt8]) {
    let first: [UInt8]
    do {
      first = try kind.rewrite(bytes)
    } catch {
      self.refused += 1
      if error.description.isEmpty { self.complaints.append("\(kind.testDescription) refuses without a word") }
      return
    }
    self.read += 1
    let second = try? kind.rewrite(first)
    if second != first {
      self.complaints.append("\(kind.testDescription) \(bytes) gave \(first), then \(second ?? [])")
    }
  }
}
