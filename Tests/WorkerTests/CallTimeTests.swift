import QueueCore
import Testing

@testable import worker

/// What an engine call has taken by itself, from what the system tells now and then.
@Suite struct CallTimeTests {
  private typealias Spent = CallTime.Spent

  private func reading(ran: UInt64, waited: UInt64, isRunnable: Bool = true) -> ThreadReading {
    ThreadReading(ran: ran, waited: waited, isRunnable: isRunnable)
  }

  @Test func withoutReadingsAllOfItCounts() {
    var time = CallTime(from: 100, waitedBefore: 0)
    #expect(time.spent(at: 350, nil) == Spent(atLeast: 250, atMost: 250))
    #expect(time.spent(at: 90, nil) == Spent(atLeast: 0, atMost: 0))
  }

  @Test func sleepingCountsAndWaitingForAProcessorDoesNot() {
    var time = CallTime(from: 100, waitedBefore: 1000)
    let asleep = self.reading(ran: 5, waited: 1080, isRunnable: false)
    #expect(time.spent(at: 300, asleep) == Spent(atLeast: 120, atMost: 120))
    #expect(time.spent(at: 400, asleep) == Spent(atLeast: 220, atMost: 220))
  }

  @Test func whoHasNotRunSinceTheBeginningMayHaveWaitedAllTheTime() {
    var time = CallTime(from: 100, waitedBefore: 0)
    #expect(time.spent(at: 300, self.reading(ran: 5, waited: 0)) == Spent(atLeast: 0, atMost: 200))
    #expect(time.spent(at: 900, self.reading(ran: 5, waited: 0)) == Spent(atLeast: 0, atMost: 800))
  }

  @Test func whoHasRunSinceTheLastLookWaitsSinceThenAtMost() {
    var time = CallTime(from: 100, waitedBefore: 0)
    _ = time.spent(at: 300, self.reading(ran: 5, waited: 0))
    #expect(time.spent(at: 310, self.reading(ran: 15, waited: 0)) == Spent(atLeast: 200, atMost: 210))
    #expect(time.spent(at: 320, self.reading(ran: 15, waited: 0)) == Spent(atLeast: 200, atMost: 220))
    #expect(time.spent(at: 330, self.reading(ran: 16, waited: 20)) == Spent(atLeast: 200, atMost: 210))
  }

  @Test func moreWaitedThanHasPassedIsNothingSpent() {
    var time = CallTime(from: 100, waitedBefore: 0)
    #expect(time.spent(at: 300, self.reading(ran: 5, waited: 900)) == Spent(atLeast: 0, atMost: 0))
    var other = CallTime(from: 100, waitedBefore: 50)
    #expect(
      other.spent(at: 300, self.reading(ran: 5, waited: 40, isRunnable: false)) == Spent(atLeast: 200, atMost: 200))
  }

  /// A thread that runs, sleeps and waits as chance has it, looked at as chance has it: the bounds always hold.
  @Test(arguments: 0..<50 as Range<UInt64>) func theBoundsHoldWhateverTheThreadDoes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var (now, ran, slept, recorded) = (UInt64(1000), UInt64(0), UInt64(0), UInt64(500))
    var time = CallTime(from: now, waitedBefore: recorded)
    let start = now
    for _ in 0..<200 {
      // A wait ends with running, and shows only then.
      let wait = random.chance(oneIn: 2) ? UInt64.random(in: 1...300, using: &random) : 0
      let looks = UInt64.random(in: 0...3, using: &random)
      for look in 0..<looks where wait > looks {
        let spent = time.spent(at: now + wait * (look + 1) / (looks + 1), self.reading(ran: ran, waited: recorded))
        #expect(spent.atLeast <= ran + slept && spent.atMost >= ran + slept)
      }
      (now, recorded) = (now + wait, recorded + wait)
      let run = UInt64.random(in: 1...50, using: &random)
      (now, ran) = (now + run, ran + run)
      let running = time.spent(at: now, self.reading(ran: ran, waited: recorded))
      #expect(running.atLeast <= ran + slept && running.atMost == ran + slept)
      let sleep = random.chance(oneIn: 2) ? UInt64.random(in: 1...100, using: &random) : 0
      (now, slept) = (now + sleep, slept + sleep)
      if sleep > 0 {
        let asleep = time.spent(at: now, self.reading(ran: ran, waited: recorded, isRunnable: false))
        #expect(asleep == Spent(atLeast: ran + slept, atMost: ran + slept))
      }
    }
    #expect(now - start == ran + slept + recorded - 500)
  }
}
