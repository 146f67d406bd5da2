import QueueCore
import Synchronization
import Testing
import ZeroMQ

@testable import LoadGenerator

@Suite struct BrokerLoadTests {
  private static let payload = LoadPayload(contentType: .json, parts: [Array("{\"instances\":[1]}".utf8)], instances: 1)

  private static func open(_ perSecond: Double, seconds: Double, warmUp: Double = 0) -> LoadPlan {
    LoadPlan(
      pacing: .open(perSecond: perSecond, arrivals: .fixed), warmUp: UInt64(warmUp * 1e9),
      duration: UInt64(seconds * 1e9))
  }

  private static func closed(_ outstanding: Int, seconds: Double) -> LoadPlan {
    LoadPlan(pacing: .closed(outstanding: outstanding), duration: UInt64(seconds * 1e9))
  }

  private static func run(
    _ target: BrokerTarget, _ plan: LoadPlan, payloads: [LoadPayload] = [Self.payload]
  ) async throws -> LoadFigures {
    LoadFigures(try await BrokerLoad(target, payloads: payloads, plan: plan).run(), instances: payloads[0].instances)
  }

  @Test("Every request of a schedule goes out as it was described, over all connections in turn")
  func schedule() async throws {
    let broker = try StubBroker()
    let target = BrokerTarget(
      endpoint: broker.endpoint, model: "digits", selector: "2", requestClass: .batch,
      timeoutMicroseconds: 60_000_000, clients: 3)
    let tensors = LoadPayload(contentType: .tensors, parts: [[1, 2], [3], [4, 5, 6]], instances: 5)
    let figures = try await Self.run(
      target, Self.open(600, seconds: 0.4, warmUp: 0.1), payloads: [Self.payload, tensors])
    #expect(figures.answers["OK"]?.count == figures.requests && figures.failures.isEmpty)
    #expect(figures.requests + figures.unsent == 240)
    let requests = broker.requests
    #expect(requests.count == figures.requests + 60, "those of the warm-up go out too")
    #expect(
      requests.allSatisfy {
        $0.model == "digits" && $0.selector == "2" && $0.requestClass == .batch && $0.timeoutMicroseconds == 60_000_000
      })
    let counts = Dictionary(grouping: requests, by: \.client).mapValues(\.count)
    #expect(counts.count == 3 && counts.values.allSatisfy { (99...101).contains($0) }, "\(counts)")
    let binary = requests.filter { $0.contentType == .tensors }
    #expect(abs(binary.count - requests.count / 2) <= 1 && binary.allSatisfy { $0.parts == tensors.parts })
    #expect(requests.contains { $0.contentType == .json && $0.parts == Self.payload.parts })
  }

  @Test("A broker that stands still for 400 ms: requests go on falling due, and each wait is counted")
  func stall() async throws {
    let broker = try StubBroker { number, _ in
      if number == 100 { standStill(milliseconds: 400) }
      return .ok
    }
    let target = BrokerTarget(endpoint: broker.endpoint, model: "m", timeoutMicroseconds: 60_000_000)
    let figures = try await Self.run(target, Self.open(1000, seconds: 1))
    let latencies = try #require(figures.latencySeconds)
    #expect(figures.requests == 1000 && figures.answers["OK"]?.count == 1000)
    #expect(latencies.max >= 0.39)
    // 400 of the 1,000 fell into the stall and waited for 200 ms on average, a quarter of those for more than 300 ms.
    #expect(latencies.p90 > 0.25, "\(latencies)")
    #expect(latencies.mean > 0.06, "\(latencies)")
  }

  @Test(
    "A closed loop never has more outstanding than it may, whatever the number of connections", arguments: [1, 3, 9])
  func closedLoop(clients: Int) async throws {
    let broker = try StubBroker { _, _ in nil }
    let target = BrokerTarget(
      endpoint: broker.endpoint, model: "m", timeoutMicroseconds: 150_000, clients: clients)
    let figures = try await Self.run(target, Self.closed(7, seconds: 0.1))
    #expect(broker.requests.count == 7)
    #expect(figures.requests == 7 && figures.failures["NO_REPLY_IN_TIME"]?.count == 7)
    #expect(figures.latencySeconds == nil && figures.goodputPerSecond == 0)
  }

  @Test("Refusals are counted by code, with the first message")
  func refusals() async throws {
    let broker = try StubBroker { number, _ in
      number % 2 == 0 ? .ok : .refused(.resourceExhausted, ErrorDetail(reason: "QUEUE_FULL", message: "no \(number)"))
    }
    let figures = try await Self.run(
      BrokerTarget(endpoint: broker.endpoint, model: "m"), Self.closed(4, seconds: 0.2))
    let refused = try #require(figures.answers["RESOURCE_EXHAUSTED"])
    let ok = try #require(figures.answers["OK"])
    #expect(refused.example == "QUEUE_FULL: no 1" && refused.latencySeconds != nil)
    #expect(abs(refused.count - ok.count) <= 4 && ok.count > 10)
    #expect(refused.count + ok.count == figures.requests && figures.requests == broker.requests.count)
  }

  @Test("No broker: it says so, and where")
  func noBroker() async throws {
    var target = BrokerTarget(endpoint: "tcp://127.0.0.1:9", model: "m")
    target.connectMilliseconds = 200
    await #expect(throws: LoadError.silent(endpoint: "tcp://127.0.0.1:9", seconds: 0.2)) {
      try await BrokerLoad(target, payloads: [Self.payload], plan: Self.closed(1, seconds: 0.1)).run()
    }
    target.endpoint = "nowhere"
    await #expect(throws: LoadError.self) {
      try await BrokerLoad(target, payloads: [Self.payload], plan: Self.closed(1, seconds: 0.1)).run()
    }
  }
}
