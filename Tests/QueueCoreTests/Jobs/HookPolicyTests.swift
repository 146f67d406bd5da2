import QueueCore
import Testing

@Suite("How often the end of a job is told")
struct HookPolicyTests {
  @Test("Pauses double up to the longest, less a random quarter at most, and after the last try there is none")
  func pauses() {
    var policy = HookPolicy()
    policy.attempts = 9
    var seen: [Int: Set<UInt64>] = [:]
    for seed in 0..<50 {
      var generator = SplitMix64(seed: UInt64(seed))
      for failures in 1...8 {
        let whole: UInt64 = min(1000 << UInt64(failures - 1), 60_000)
        let pause = policy.pauseMilliseconds(afterFailures: failures, using: &generator)
        #expect(pause.map { (whole - whole / 4...whole).contains($0) } == true, "\(failures): \(pause ?? 0)")
        seen[failures, default: []].insert(pause ?? 0)
      }
      #expect(policy.pauseMilliseconds(afterFailures: 9, using: &generator) == nil)
      #expect(policy.pauseMilliseconds(afterFailures: .max, using: &generator) == nil)
    }
    #expect(seen.values.allSatisfy { $0.count > 10 }, "those who fail together do not come back together")
  }

  @Test("The same seed gives the same pauses, and numbers beyond all bounds give the longest")
  func bounds() {
    var policy = HookPolicy()
    policy.attempts = .max
    policy.firstPauseMilliseconds = .max
    var one = SplitMix64(seed: 7)
    var other = SplitMix64(seed: 7)
    for failures in [1, 2, 64, 65, Int.max - 1] {
      let pause = policy.pauseMilliseconds(afterFailures: failures, using: &one)
      #expect(pause == policy.pauseMilliseconds(afterFailures: failures, using: &other))
      #expect(pause.map { (45_000...60_000).contains($0) } == true)
    }
  }

  @Test(
    "A status of HTTP is taken, may pass, or is for good",
    arguments: [
      (200, 0), (204, 0), (299, 0), (301, 2), (307, 2), (400, 2), (404, 2), (408, 1), (410, 2), (425, 1), (429, 1),
      (500, 1), (503, 1), (599, 1), (100, 2), (600, 2), (-1, 2),
    ])
  func statuses(status: Int, kind: Int) {
    switch HookResult(httpStatus: status) {
    case .delivered: #expect(kind == 0)
    case .failed(let reason):
      #expect(kind == 1)
      #expect(reason.contains("\(status)"))
    case .refused(let reason):
      #expect(kind == 2)
      #expect(reason.contains("\(status)"))
    }
  }
}
