import QueueCore
import Synchronization
import Testing

@testable import LoadGenerator

@Suite struct HTTPLoadTests {
  private static let json = LoadPayload(contentType: .json, parts: [Array("{\"inputs\":[]}".utf8)], instances: 1)

  private static func run(
    _ server: StubServer, _ pacing: LoadPlan.Pacing, connections: Int, seconds: Double = 0.3, timeout: Double = 60,
    version: String? = nil, payload: LoadPayload = Self.json
  ) async throws -> LoadFigures {
    let target = try HTTPTarget(
      base: server.address, model: "m", version: version, timeoutSeconds: timeout, connections: connections)
    let plan = LoadPlan(pacing: pacing, duration: UInt64(seconds * 1e9))
    return LoadFigures(try await HTTPLoad(target, payloads: [payload], plan: plan).run(), instances: payload.instances)
  }

  @Test("Requests go to the model's address over connections that are kept, as JSON or with raw bytes behind it")
  func addressAndBody() async throws {
    let server = try StubServer()
    let figures = try await Self.run(server, .closed(outstanding: 3), connections: 3)
    #expect(figures.answers["OK"]?.count == figures.requests && figures.requests > 10)
    #expect(server.posts.allSatisfy { $0.path == "/v2/models/m/infer" && $0.body == Self.json.parts[0] })
    #expect(server.posts.allSatisfy { $0.headers["content-type"] == "application/json" })
    #expect(server.posts.count == figures.requests && server.connectionCount == 3)

    let binary = LoadPayload(contentType: .tensors, parts: [Array("{}".utf8), [1, 2, 3, 4], [5]], instances: 1)
    let other = try StubServer()
    _ = try await Self.run(
      other, .open(perSecond: 100, arrivals: .fixed), connections: 2, version: "a b", payload: binary)
    let post = try #require(other.posts.first)
    #expect(post.path == "/v2/models/m/versions/a%20b/infer")
    #expect(post.headers["content-type"] == "application/octet-stream")
    #expect(post.headers["inference-header-content-length"] == "2" && post.headers["expect"] == nil)
    #expect(post.body == Array("{}".utf8) + [1, 2, 3, 4, 5])
    #expect(other.posts.count == 30)
  }

  @Test("A server that stands still for 400 ms: each request that fell due in it is counted with its wait")
  func stall() async throws {
    let end = Mutex<ContinuousClock.Instant?>(nil)
    let server = try StubServer { request in
      if request.number >= 60 {
        let left = end.withLock { end in
          end = end ?? .now + .milliseconds(400)
          return (end ?? .now) - .now
        }
        if left > .zero { standStill(milliseconds: Int(left / .milliseconds(1))) }
      }
      return .status(200, StubServer.prediction)
    }
    let figures = try await Self.run(server, .open(perSecond: 300, arrivals: .fixed), connections: 4, seconds: 1)
    let latencies = try #require(figures.latencySeconds)
    // Four connections stood still, yet 120 of the 300 requests fell due meanwhile; a closed loop would have seen four.
    #expect(figures.requests + figures.unsent == 300)
    #expect(latencies.max >= 0.38 && latencies.p90 > 0.2 && latencies.mean > 0.06, "\(latencies)")
    #expect(figures.waitedForConnection > 80 && figures.connectionWaitSecondsMax > 0.3)
  }

  @Test("Statuses are counted one by one, with the first message of each; a connection that is refused stays open")
  func statuses() async throws {
    let server = try StubServer { request in
      switch request.number % 3 {
      case 0: .status(200, StubServer.prediction)
      case 1: .status(429, #"{"error":"slow down"}"#)
      default: .status(500, #"{"error":"broken"}"#)
      }
    }
    let figures = try await Self.run(server, .closed(outstanding: 1), connections: 1)
    #expect(Set(figures.answers.keys) == ["OK", "429", "500"] && figures.failures.isEmpty)
    let (ok, slow) = (try #require(figures.answers["OK"]), try #require(figures.answers["429"]))
    #expect(abs(ok.count - slow.count) <= 1 && ok.count > 3)
    #expect(slow.example == #"{"error":"slow down"}"# && figures.answers["500"]?.example == #"{"error":"broken"}"#)
    #expect(figures.answers.values.reduce(0) { $0 + $1.count } == figures.requests)
    #expect(abs(figures.goodputPerSecond * 0.3 - Double(ok.count)) <= 1)
    #expect(server.connectionCount == 1)
  }

  @Test("A server that closes connections, or says what is no HTTP, is counted as no answer, and asked again")
  func closes() async throws {
    let closing = try StubServer { $0.number % 2 == 0 ? .close : .status(200, StubServer.prediction) }
    let figures = try await Self.run(closing, .closed(outstanding: 1), connections: 1)
    #expect((figures.answers["OK"]?.count ?? 0) > 2)

    let silent = try await Self.run(try StubServer { _ in .close }, .closed(outstanding: 2), connections: 2)
    #expect(silent.answers["OK"]?.count == 0 && Array(silent.failures.keys) == ["CONNECTION_CLOSED"])
    #expect(silent.failures["CONNECTION_CLOSED"]?.count == silent.requests && silent.latencySeconds == nil)

    let cut = try await Self.run(
      try StubServer { _ in .bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort") }, .closed(outstanding: 1),
      connections: 1)
    #expect(Array(cut.failures.keys) == ["CONNECTION_CLOSED"], "an answer that is cut off is none")
  }

  @Test("A request that is not answered in time is given up and counted")
  func timeOut() async throws {
    let server = try StubServer { _ in
      standStill(milliseconds: 500)
      return .close
    }
    let figures = try await Self.run(server, .closed(outstanding: 2), connections: 2, seconds: 0.05, timeout: 0.1)
    #expect(figures.failures["TIMED_OUT"]?.count == 2 && figures.requests == 2)
  }
}
