import QueueCore
import Testing

/// libzmq allocates for a part once it is longer than 33 bytes.
@Suite("Sizes of the headers of the hot path")
struct HeaderSizeTests {
  static let mostWithoutAllocation = 33

  @Test("Work, results and replies, whatever they say, fit a part that libzmq does not allocate for")
  func hotHeadersAreShort() {
    var generator = SplitMix64(seed: 9)
    for _ in 0..<1000 {
      let sizes = [
        WorkHeader.random(using: &generator).encoded.bytes.byteCount,
        ResultHeader.random(using: &generator).encoded.bytes.byteCount,
        ReplyHeader.random(using: &generator).encoded.bytes.byteCount,
      ]
      #expect(sizes == [28, 32, 32])
      #expect(sizes.allSatisfy { $0 <= Self.mostWithoutAllocation })
    }
  }

  @Test("The bytes of a short header and its copy are the same")
  func bytesAndCopyAgree() {
    var generator = SplitMix64(seed: 10)
    for _ in 0..<100 {
      let header = ReplyHeader.random(using: &generator).encoded
      let bytes = header.bytes
      let copied = (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      #expect(copied == header.array)
    }
  }

  @Test("A prefix is eight bytes, announces 65 parts at most, and more than a byte can say never turns into few")
  func prefixIsEightBytes() throws {
    #expect(Prefix(.ping).encoded.count == Prefix.byteCount)
    #expect(try Prefix(decoding: Prefix(.reply, parts: 65).encoded.span.bytes).parts == 65)
    for parts in [66, 255, 256, 1_000_000] {
      #expect(throws: WireError.invalidValue(field: "parts", value: UInt64(min(parts, 255)), expected: "at most 65")) {
        try Prefix(decoding: Prefix(.reply, parts: parts).encoded.span.bytes)
      }
    }
  }
}
