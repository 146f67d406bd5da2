import QueueCore
import Testing

@Suite("Which ends of jobs are told when")
struct HookScheduleTests {
  private static func at(_ milliseconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: milliseconds) }

  private static func schedule(attempts: Int = 3, concurrency: Int = 2) -> HookSchedule {
    var policy = HookPolicy()
    policy.attempts = attempts
    policy.concurrency = concurrency
    return HookSchedule(policy: policy, seed: 1)
  }

  @Test("Jobs are told in the order in which they came, no more at once than may be, each one only once")
  func order() {
    var schedule = Self.schedule()
    #expect(schedule.next(at: Self.at(0)) == nil)
    #expect(schedule.nextDeadline == .distantFuture)
    for job in [5, 3, 9, 3] as [Int64] { schedule.add(job, at: Self.at(0)) }
    #expect(schedule.count == 3)
    #expect(
      [schedule.next(at: Self.at(0)), schedule.next(at: Self.at(0)), schedule.next(at: Self.at(0))] == [5, 3, nil])
    #expect(schedule.nextDeadline == .distantFuture, "as many as may be are under way")
    #expect(schedule.ended(3, .delivered, at: Self.at(1)) == .delivered)
    #expect(schedule.next(at: Self.at(1)) == 9)
    #expect(schedule.ended(3, .delivered, at: Self.at(1)) == nil, "it is known no more")
    schedule.add(5, at: Self.at(1))
    #expect(schedule.count == 2)
  }

  @Test("A failure is tried again after its pause, a refusal is not, and the last failure is the end")
  func endings() throws {
    var schedule = Self.schedule()
    schedule.add(1, at: Self.at(0))
    #expect(schedule.ended(1, .delivered, at: Self.at(0)) == nil, "no try is under way")
    var now = Self.at(0)
    for _ in 1...2 {
      #expect(schedule.next(at: now) == 1)
      let verdict = schedule.ended(1, .failed(reason: "no"), at: now)
      guard case .again(let due) = verdict else { throw Unexpected(verdict) }
      #expect(due > now)
      #expect(schedule.nextDeadline == due)
      #expect(schedule.next(at: Instant(nanoseconds: due.nanoseconds - 1)) == nil)
      now = due
    }
    #expect(schedule.next(at: now) == 1)
    #expect(schedule.ended(1, .failed(reason: "no"), at: now) == .failed(reason: "no, 3 times"))
    #expect(schedule.count == 0 && schedule.underWay == 0)

    schedule.add(2, at: now)
    #expect(schedule.next(at: now) == 2)
    #expect(schedule.ended(2, .refused(reason: "never"), at: now) == .failed(reason: "never"))
    #expect(schedule.next(at: .distantFuture) == nil)
  }

  @Test("Whatever happens, every job comes to one end, after as many tries as there may be at most", arguments: 0..<40)
  func story(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    var schedule = Self.schedule(attempts: 4, concurrency: 3)
    var now = Self.at(0)
    var underWay: [Int64] = []
    var tries: [Int64: Int] = [:]
    var ends: [Int64: Int] = [:]
    var added: Int64 = 0
    while ends.count < 60 {
      if added < 60, generator.chance(oneIn: 2) {
        added += 1
        schedule.add(added, at: now)
      }
      while let job = schedule.next(at: now) {
        #expect(!underWay.contains(job) && ends[job] == nil)
        underWay.append(job)
        tries[job, default: 0] += 1
      }
      #expect(underWay.count <= 3 && schedule.underWay == underWay.count)
      if let job = underWay.randomElement(using: &generator) {
        underWay.removeAll { $0 == job }
        let result: HookResult =
          switch Int.random(in: 0..<8, using: &generator) {
          case 0: .refused(reason: "r")
          case 1, 2: .delivered
          default: .failed(reason: "f")
          }
        switch schedule.ended(job, result, at: now) {
        case .again(let due): #expect(due > now && tries[job, default: 0] < 4)
        case .delivered, .failed: ends[job, default: 0] += 1
        case nil: Issue.record("a try under way has a verdict")
        }
      } else if schedule.nextDeadline != .distantFuture {
        now = max(now, schedule.nextDeadline)
      }
    }
    #expect(ends.values.allSatisfy { $0 == 1 } && tries.values.allSatisfy { $0 <= 4 })
    #expect(schedule.count == 0)
  }

  private struct Unexpected: Error {
    init(_ verdict: HookSchedule.Verdict?) { self.verdict = verdict }
    let verdict: HookSchedule.Verdict?
  }
}
