import QueueCore
import Tensors
import Testing

@testable import LoadGenerator

@Suite struct HTTPEndpointTests {
  private static let payload = LoadPayload(contentType: .json, parts: [Array("{\"inputs\":[]}".utf8)], instances: 1)

  private static func endpoint(_ server: StubServer) throws -> HTTPEndpoint {
    HTTPEndpoint(try HTTPTarget(base: server.address, model: "m", timeoutSeconds: 60))
  }

  private static func failure(_ body: () throws -> Void) -> LoadError? {
    do {
      try body()
      return nil
    } catch {
      return error as? LoadError
    }
  }

  @Test("A model's metadata gives its signature")
  func signature() throws {
    let server = try StubServer()
    let signature = try Self.endpoint(server).signature()
    #expect(signature.inputs == [TensorSpec(name: "X", dataType: .fp32, shape: [-1, 4])] && signature.isBatchable)
    try Self.endpoint(server).sendAhead(Self.payload)
  }

  @Test("What is no endpoint of the protocol is told as such, with what it says instead")
  func notTheProtocol() throws {
    let page = try StubServer { _ in .status(200, "<html>welcome</html>") }
    let endpoint = try Self.endpoint(page)
    guard case .protocolViolation(let text) = Self.failure({ _ = try endpoint.signature() })
    else {
      Issue.record("a page is no metadata")
      return
    }
    #expect(text.contains("/v2/models/m") && text.contains("<html>welcome"))
    guard case .protocolViolation = Self.failure({ try endpoint.sendAhead(Self.payload) })
    else {
      Issue.record("a page is no prediction")
      return
    }
    let bare = try StubServer { _ in .status(200, "{}") }
    let empty = try Self.endpoint(bare)
    #expect(Self.failure { _ = try empty.signature() }?.message.contains("inputs") == true)
  }

  @Test("A refusal keeps status and message; a server that is busy or failing may be measured all the same")
  func refusals() throws {
    let unknown = try StubServer { _ in .status(404, #"{"error":"unknown model m"}"#) }
    let endpoint = try Self.endpoint(unknown)
    guard case .refused(404, let text) = Self.failure({ _ = try endpoint.signature() }) else {
      Issue.record("404 is a refusal")
      return
    }
    #expect(text.contains("unknown model m"))
    for (status, isHopeless) in [(400, true), (404, true), (429, false), (500, false), (503, false)] {
      let server = try StubServer { _ in .status(status, "{}") }
      let busy = try Self.endpoint(server)
      let failure = Self.failure { try busy.sendAhead(Self.payload) }
      #expect((failure != nil) == isHopeless, "\(status)")
    }
  }

  @Test("Nobody there; and addresses that are none")
  func addresses() throws {
    let nobody = HTTPEndpoint(try HTTPTarget(base: "http://127.0.0.1:9", model: "m"))
    guard case .unreachable(let text) = Self.failure({ _ = try nobody.signature() }) else {
      Issue.record("there is no server")
      return
    }
    #expect(text.contains("127.0.0.1:9"))
    for base in ["", "127.0.0.1:8000", "ftp://x", "http://", "http://a b", "http://a?b"] {
      #expect(throws: LoadError.self) { try HTTPTarget(base: base, model: "m") }
    }
    #expect(
      try HTTPTarget(base: "http://h:1/base//", model: "ä/1").inferAddress
        == "http://h:1/base/v2/models/%C3%A4%2F1/infer")
  }
}
