import Testing

@testable import QueueCore

@Suite struct LoadStepTests {
  @Test func beforeTheFirstResultEveryRequestIsAStep() {
    let step = LoadStep()
    #expect((0...3).map { step.level(of: $0) } == [0, 1, 2, 3])
  }

  @Test(
    "Requests that fit into the patience are one step, a power of two of them, if they are not few",
    arguments: [(0, 16), (1, 8), (4, 8), (5, 1), (12, 1), (60, 1), (61, 1), (2_000, 1), (4_294_967_295, 1)])
  func requestsAStep(microseconds: UInt32, requests: Int) {
    var step = LoadStep()
    step.resultReceived(computeMicroseconds: microseconds, payloadBytes: 255)
    #expect(step.level(of: requests - 1) == 0)
    #expect(step.level(of: requests) == 1)
    #expect(step.level(of: 3 * requests) == 3)
  }

  @Test(
    "Bytes take time as well",
    arguments: [(4096, 8), (16_384, 8), (65_536, 1), (262_144, 1), (1 << 20, 1), (1 << 40, 1)])
  func requestsAStep(bytes: Int, requests: Int) {
    var step = LoadStep()
    step.resultReceived(computeMicroseconds: 0, payloadBytes: bytes)
    #expect(step.level(of: requests - 1) == 0)
    #expect(step.level(of: requests) == 1)
  }

  @Test func aChangeOfPaceIsFollowedWithinSomeDozenResults() {
    var step = LoadStep()
    for _ in 0..<100 { step.resultReceived(computeMicroseconds: 1, payloadBytes: 0) }
    #expect(step.level(of: 11) == 1)
    for _ in 0..<48 { step.resultReceived(computeMicroseconds: 1_000, payloadBytes: 0) }
    #expect(step.level(of: 1) == 1)
    for _ in 0..<200 { step.resultReceived(computeMicroseconds: 1, payloadBytes: 0) }
    #expect(step.level(of: 7) == 0)
  }
}
