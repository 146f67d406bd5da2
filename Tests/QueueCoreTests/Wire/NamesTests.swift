import QueueCore
import Testing

@Suite("Names and the order of versions")
struct NamesTests {
  @Test("A name has 1 to 128 bytes of letters, digits, dot, underscore and hyphen")
  func nameLimits() {
    for name in ["a", "Z", "0", ".", "_", "-", "digits", "resnet-50_v1.2", String(repeating: "n", count: 128)] {
      #expect(Names.isValid(name), "\(name)")
    }
    for name in ["", " ", "a b", "a/b", "a@b", "é", "a\u{0}", "a\n", String(repeating: "n", count: 129)] {
      #expect(!Names.isValid(name), "\(name)")
    }
  }

  @Test("Exactly 65 of the 256 bytes may stand in a name, in a request's header as in a string")
  func allowedBytesAreTheSameEverywhere() {
    var allowed = 0
    for byte in UInt8.min ... .max {
      var bytes = FieldTests.request
      bytes[26] = byte
      let isRead = (try? RequestHeader(decoding: bytes.span.bytes)) != nil
      #expect(isRead == (byte < 128 && Names.isValid(String(UnicodeScalar(byte)))), "byte \(byte)")
      allowed += isRead ? 1 : 0
    }
    #expect(allowed == 65)
  }

  @Test("Names of 128 bytes pass in every message that carries them, names of 129 and none in none")
  func everyMessageHoldsNamesToTheLimit() throws {
    for length in [1, 128] {
      let name = String(repeating: "n", count: length)
      #expect(try Self.request(model: name, selector: name).model == name)
      #expect(try Self.join(model: name, version: name, name: name).name == name)
    }
    #expect(try Self.request(model: "m", selector: "").selector.isEmpty)
    for name in ["", String(repeating: "n", count: 129)] {
      #expect(throws: WireError.invalidName(field: "model")) { try Self.request(model: name, selector: "1") }
      #expect(throws: WireError.invalidName(field: "model")) { try Self.join(model: name, version: "1", name: "w") }
      #expect(throws: WireError.invalidName(field: "version")) { try Self.join(model: "m", version: name, name: "w") }
      #expect(throws: WireError.invalidName(field: "worker name")) {
        try Self.join(model: "m", version: "1", name: name)
      }
    }
    #expect(throws: WireError.invalidName(field: "version selector", mayBeEmpty: true)) {
      try Self.request(model: "m", selector: String(repeating: "n", count: 129))
    }
  }

  @Test("Versions are ordered by the numbers in them, then by text")
  func versionOrder() {
    let ascending = [
      "0", "00", "01", "1", "1.0", "1.2", "1.2-rc1", "1.2-rc2", "1.2-rc10", "1.2.1", "1.9", "1.10", "2", "10",
      "99999999999999999999998", "99999999999999999999999", "a", "a1", "a2", "a10", "b", "v1", "v2", "v10",
    ]
    for (leftIndex, left) in ascending.enumerated() {
      for (rightIndex, right) in ascending.enumerated() {
        #expect(Names.versionPrecedes(left, right) == (leftIndex < rightIndex), "\(left) before \(right)")
      }
    }
  }

  @Test("The order of versions is total: of two names one comes first, and three are never in a circle")
  func versionOrderIsTotal() {
    var generator = SplitMix64(seed: 11)
    let pieces = ["0", "00", "1", "01", "2", "10", ".", "-", "_", "a", "rc", "Z"]
    func name() -> String {
      (0..<Int.random(in: 1...5, using: &generator)).map { _ in generator.element(of: pieces) }.joined()
    }
    var complaints: [String] = []
    for _ in 0..<20_000 {
      let (first, second, third) = (name(), name(), name())
      let isBefore = Names.versionPrecedes(first, second)
      let isBehind = Names.versionPrecedes(second, first)
      if isBefore == isBehind, first != second { complaints.append("\(first), \(second)") }
      if first == second, isBefore || isBehind { complaints.append(first) }
      if isBefore, Names.versionPrecedes(second, third), !Names.versionPrecedes(first, third) {
        complaints.append("\(first), \(second), \(third)")
      }
    }
    #expect(complaints.isEmpty, "\(complaints.prefix(3))")
  }

  private static func request(model: String, selector: String) throws(WireError) -> RequestMessage {
    let message = RequestMessage(
      request: RequestID(1), timeoutMicroseconds: RequestHeader.noTimeout, model: model, selector: selector)
    return try RequestMessage(decoding: message.onWire.span.bytes)
  }

  private static func join(model: String, version: String, name: String) throws(WireError) -> JoinHeader {
    let header = JoinHeader(
      heartbeatMilliseconds: 1000, liveness: 3, processID: 1, model: model, version: version, name: name, host: "",
      engine: "")
    return try JoinHeader(decoding: header.encoded.span.bytes)
  }
}
