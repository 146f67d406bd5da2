import QueueCore
import Testing

@Suite struct BatchPolicyTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func waiting(
    _ rows: Int = 1, age milliseconds: UInt64 = 0, deadline: Instant = .distantFuture
  )
    -> BatchPolicy.Waiting
  {
    let received = Instant(nanoseconds: self.start.nanoseconds - milliseconds * 1_000_000)
    return BatchPolicy.Waiting(rows: rows, receivedAt: received, deadline: deadline)
  }

  @Test func nothingWaitingIsIdle() {
    var policy = BatchPolicy(maximumRows: 8)
    #expect(policy.next([], at: self.start) == .idle)
  }

  @Test func withoutADelayASingleRequestRunsAtOnce() {
    var policy = BatchPolicy(maximumRows: 8)
    #expect(policy.next([self.waiting()], at: self.start) == .runBatch(1))
  }

  @Test func requestsAreTakenInOrderAsLongAsTheirRowsFit() {
    var policy = BatchPolicy(maximumRows: 8)
    let rows = [3, 3, 2, 1]
    #expect(policy.next(rows.map { self.waiting($0) }, at: self.start) == .runBatch(3))
    let large = [3, 6, 1].map { self.waiting($0) }
    #expect(policy.next(large, at: self.start) == .runBatch(1))
  }

  @Test func aRequestLargerThanABatchGetsItsTurnAlone() {
    var policy = BatchPolicy(maximumRows: 8)
    let queue = [self.waiting(100), self.waiting()]
    #expect(policy.next(queue, at: self.start) == .runBatch(1))
  }

  @Test func rowsThatDoNotAddUpToANumberDoNotTrap() {
    var policy = BatchPolicy(maximumRows: .max)
    let queue = [self.waiting(.max - 1), self.waiting(.max)]
    #expect(policy.next(queue, at: self.start) == .runBatch(1))
  }

  /// A policy that has just begun a batch of so many that came together.
  private func busy(_ policy: BatchPolicy, requests: Int) -> BatchPolicy {
    var policy = policy
    #expect(policy.next((0..<requests).map { _ in self.waiting(age: 1) }, at: self.start) == .runBatch(requests))
    return policy
  }

  @Test func anUnfilledBatchIsHeldBackUntilItsOldestHasWaitedLongEnough() {
    var policy = self.busy(BatchPolicy(maximumRows: 8, maximumDelayNanoseconds: 2_000_000), requests: 3)
    let queue = [self.waiting(age: 1), self.waiting()]
    let end = self.start.advanced(byMilliseconds: 1)
    #expect(policy.next(queue, at: self.start) == .wait(until: end))
    #expect(policy.next(queue, at: end) == .runBatch(2))
  }

  @Test func oneThatWaitsForEachAnswerIsNeverHeldBack() {
    var policy = self.busy(BatchPolicy(maximumRows: 8, maximumDelayNanoseconds: 2_000_000), requests: 1)
    for _ in 0..<10 { #expect(policy.next([self.waiting()], at: self.start) == .runBatch(1)) }
  }

  @Test func aBatchIsHeldBackUntilAsManyAreThereAsCameTogether() {
    var policy = self.busy(BatchPolicy(maximumRows: 8, maximumDelayNanoseconds: 2_000_000), requests: 3)
    let queue = (0..<3).map { _ in self.waiting() }
    #expect(policy.next(queue[..<2], at: self.start) == .wait(until: self.start.advanced(byMilliseconds: 2)))
    #expect(policy.next(queue, at: self.start) == .runBatch(3))
  }

  @Test func clientsThatAllWaitAreNotHeldBackForMoreThanThereAre() {
    var policy = self.busy(BatchPolicy(maximumRows: 64, maximumDelayNanoseconds: 2_000_000), requests: 16)
    let queue = (0..<16).map { _ in self.waiting() }
    for _ in 0..<10 { #expect(policy.next(queue, at: self.start) == .runBatch(16)) }
  }

  @Test func aHoldThatNobodyJoinedIsNotTriedAgain() {
    var policy = self.busy(BatchPolicy(maximumRows: 8, maximumDelayNanoseconds: 2_000_000), requests: 3)
    let end = self.start.advanced(byMilliseconds: 2)
    #expect(policy.next([self.waiting()], at: self.start) == .wait(until: end))
    #expect(policy.next([self.waiting()], at: end) == .runBatch(1))
    let later = BatchPolicy.Waiting(rows: 1, receivedAt: end, deadline: .distantFuture)
    #expect(policy.next([later], at: end) == .runBatch(1))
  }

  @Test func whatComesAfterAPauseIsNotHeldBack() {
    var policy = self.busy(BatchPolicy(maximumRows: 8, maximumDelayNanoseconds: 2_000_000), requests: 3)
    let later = self.start.advanced(byMilliseconds: 3)
    let waiting = BatchPolicy.Waiting(rows: 1, receivedAt: later, deadline: .distantFuture)
    #expect(policy.next([waiting], at: later) == .runBatch(1))
  }

  @Test func aFullBatchIsNotHeldBack() {
    var policy = self.busy(BatchPolicy(maximumRows: 4, maximumDelayNanoseconds: 2_000_000), requests: 3)
    #expect(policy.next([self.waiting(4)], at: self.start) == .runBatch(1))
    let overfull = [self.waiting(3), self.waiting(3)]
    #expect(policy.next(overfull, at: self.start) == .runBatch(1))
  }

  @Test func aRequestThatWouldBeLateIsNotHeldBack() {
    var policy = self.busy(BatchPolicy(maximumRows: 8, maximumDelayNanoseconds: 2_000_000), requests: 3)
    let queue = [self.waiting(), self.waiting(deadline: self.start.advanced(byMilliseconds: 2))]
    #expect(policy.next(queue, at: self.start) == .runBatch(2))
  }

  @Test func lateAndCancelledRequestsAreNotRun() {
    var waiting = self.waiting(deadline: self.start)
    #expect(waiting.fate(at: self.start) == .expired)
    #expect(waiting.fate(at: Instant(nanoseconds: self.start.nanoseconds - 1)) == .run)
    waiting.isCancelled = true
    #expect(waiting.fate(at: self.start) == .cancelled)
    #expect(self.waiting().fate(at: Instant(nanoseconds: .max - 1)) == .run)
  }

  /// Whatever waits: a batch is a non-empty prefix that fits or is one request, no request is held back longer than
  /// allowed, and a thread is never told to wait or idle while there is due work.
  @Test(arguments: 0..<50 as Range<UInt64>) func everyDecisionKeepsThePromises(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let maximumRows = Int.random(in: 1...64, using: &random)
    let delay = random.chance(oneIn: 3) ? 0 : UInt64.random(in: 0...5_000_000, using: &random)
    var policy = BatchPolicy(maximumRows: maximumRows, maximumDelayNanoseconds: delay)
    for _ in 0..<500 {
      let queue = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        var waiting = self.waiting(Int.random(in: 1...40, using: &random))
        waiting.receivedAt.nanoseconds -= UInt64.random(in: 0...6_000_000, using: &random)
        if random.chance(oneIn: 5) {
          waiting.deadline = self.start.advanced(byNanoseconds: UInt64.random(in: 1...9_000_000, using: &random))
        }
        return waiting
      }
      switch policy.next(queue, at: self.start) {
      case .idle: #expect(queue.isEmpty)
      case .runBatch(let count):
        #expect((1...queue.count).contains(count))
        #expect(count == 1 || queue[..<count].reduce(0) { $0 + $1.rows } <= maximumRows)
      case .wait(let until):
        #expect(delay > 0 && until > self.start)
        #expect(queue.allSatisfy { until <= $0.receivedAt.advanced(byNanoseconds: delay) })
        #expect(queue.reduce(0) { $0 + $1.rows } < maximumRows)
        #expect(queue.allSatisfy { $0.deadline > until })
      }
    }
  }
}

extension BatchPolicy {
  fileprivate mutating func next(_ waiting: some Collection<Waiting>, at now: Instant) -> Decision {
    let waiting = Array(waiting)
    return self.next(waiting.count, at: now) { waiting[$0] }
  }
}
