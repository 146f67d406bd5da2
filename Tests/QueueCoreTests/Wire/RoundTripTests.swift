import QueueCore
import Testing

@Suite("Round trips of every message")
struct RoundTripTests {
  @Test("What is written reads back as the same message", arguments: WireKind.all)
  func whatIsWrittenReadsBackTheSame(kind: WireKind) throws {
    var generator = SplitMix64(seed: 1)
    let lost = try (0..<400).count { _ in try !kind.survives([], &generator) }
    #expect(lost == 0)
  }

  @Test("Bytes behind the last field are ignored, so that a newer peer may send more", arguments: WireKind.all)
  func trailingBytesAreIgnored(kind: WireKind) throws {
    var generator = SplitMix64(seed: 2)
    let lost = try (0..<100).count { _ in
      let trailing = generator.bytes(count: Int.random(in: 1...300, using: &generator))
      return try !kind.survives(trailing, &generator)
    }
    #expect(lost == 0)
  }

  @Test("A part cut short at any length is refused as truncated", arguments: WireKind.all)
  func truncationIsRefusedAtEveryLength(kind: WireKind) {
    var generator = SplitMix64(seed: 3)
    for _ in 0..<5 {
      let bytes = kind.randomBytes(&generator)
      let wrong = (0..<bytes.count).filter { !Self.isTruncated([UInt8](bytes[..<$0]), to: kind) }
      // A REQUEST may end before its last field, the routing key.
      let mayEnd = (try? RequestHeader(decoding: bytes.span.bytes)).map { Int($0.routingKey.offset) - 1 }
      #expect(wrong == (mayEnd.map { [$0] } ?? []), "\(bytes)")
    }
  }

  @Test("A REQUEST without the field for the routing key is one without a key")
  func aMissingRoutingKeyIsNone() throws {
    let message = RequestMessage(request: RequestID(7), timeoutMicroseconds: -1, model: "double")
    let bytes = [UInt8](message.onWire.dropLast())
    let read = try RequestMessage(decoding: bytes.span.bytes)
    #expect(read == message)
  }

  @Test("A routing key that is too long is refused by name")
  func aLongRoutingKeyIsRefused() {
    let bytes = RequestMessage(
      request: RequestID(7), timeoutMicroseconds: -1, model: "double", routingKey: [UInt8](repeating: 1, count: 129)
    ).onWire
    #expect(throws: WireError.invalidValue(field: "routing key length", value: 129, expected: "at most 128")) {
      try RequestMessage(decoding: bytes.span.bytes)
    }
  }

  @Test("A header of one command is refused by the readers of all others", arguments: WireKind.headers)
  func anotherCommandIsRefused(kind: WireKind) {
    var generator = SplitMix64(seed: 4)
    for other in WireKind.headers where other.testDescription != kind.testDescription {
      let bytes = other.randomBytes(&generator)
      #expect("\(kind.testDescription) reading \(other.testDescription)") {
        try kind.read(bytes)
      } throws: { error in
        guard case .unexpectedCommand? = error as? WireError else { return false }
        return true
      }
    }
  }

  private static func isTruncated(_ bytes: [UInt8], to kind: WireKind) -> Bool {
    do {
      try kind.read(bytes)
      return false
    } catch {
      guard case .truncated(_, let needed, let available) = error else { return false }
      return needed > available && available >= 0 && available <= bytes.count
    }
  }
}
