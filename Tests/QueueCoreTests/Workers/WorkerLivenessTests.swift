import Testing

@testable import QueueCore

@Suite struct WorkerLivenessTests {
  let start = Instant(nanoseconds: 1_000_000_000)

  private func liveness(_ heartbeatMilliseconds: UInt32 = 1_000, _ liveness: UInt8 = 3) -> WorkerLiveness {
    WorkerLiveness(heartbeatMilliseconds: heartbeatMilliseconds, liveness: liveness, at: self.start)
  }

  private func after(_ milliseconds: UInt64) -> Instant { self.start.advanced(byMilliseconds: milliseconds) }

  @Test func aWorkerIsAliveForAnIntervalAndAHalf() {
    #expect(self.liveness().judgement(at: self.start) == .alive)
    #expect(self.liveness().judgement(at: self.after(1_499)) == .alive)
    #expect(self.liveness().judgement(at: self.after(1_500)) == .late)
  }

  @Test func aWorkerIsDeadAfterAsManyIntervalsAsItAnnounced() {
    #expect(self.liveness().judgement(at: self.after(2_999)) == .late)
    #expect(self.liveness().judgement(at: self.after(3_000)) == .dead)
    #expect(self.liveness(200, 10).judgement(at: self.after(1_999)) == .late)
    #expect(self.liveness(200, 10).judgement(at: self.after(2_000)) == .dead)
  }

  @Test func aWorkerOfLivenessOneIsNeverLate() {
    #expect(self.liveness(1_000, 1).judgement(at: self.after(999)) == .alive)
    #expect(self.liveness(1_000, 1).judgement(at: self.after(1_000)) == .dead)
  }

  @Test func aSignOfLifeStartsTheCountAnew() {
    var liveness = self.liveness()
    liveness.heard(at: self.after(2_900))
    #expect(liveness.judgement(at: self.after(4_300)) == .alive)
    #expect(liveness.judgement(at: self.after(4_400)) == .late)
    #expect(liveness.judgement(at: self.after(5_900)) == .dead)
  }

  @Test func aClockThatRunsBackwardsTakesNoLifeAway() {
    var liveness = self.liveness()
    liveness.heard(at: self.after(2_000))
    liveness.heard(at: self.after(500))
    #expect(liveness.judgement(at: self.after(3_400)) == .alive)
    #expect(liveness.milliseconds(sinceHeardAt: self.after(2_250)) == 250)
    #expect(liveness.milliseconds(sinceHeardAt: self.after(100)) == 0)
  }

  @Test func theLongestIntervalAndLivenessDoNotOverflow() {
    let liveness = self.liveness(.max, .max)
    let dead = self.after(UInt64(UInt32.max) * 255)
    #expect(liveness.judgement(at: Instant(nanoseconds: dead.nanoseconds - 1)) == .late)
    #expect(liveness.judgement(at: dead) == .dead)
  }

  @Test(arguments: [31, 32, 33, 34] as [UInt64])
  func theJudgementChangesOnlyWhereTheNextCheckSaid(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<200 {
      let interval = UInt32.random(in: 1...2_000, using: &random)
      let count = UInt8.random(in: 1...6, using: &random)
      let liveness = self.liveness(interval, count)
      var now = self.start
      var judgement = liveness.judgement(at: now)
      while judgement != .dead {
        let check = liveness.nextCheck(at: now)
        #expect(check > now)
        #expect(liveness.judgement(at: Instant(nanoseconds: check.nanoseconds - 1)) == judgement)
        now = check
        #expect(liveness.judgement(at: now) != judgement)
        judgement = liveness.judgement(at: now)
      }
      #expect(now == self.after(UInt64(interval) * UInt64(count)))
    }
  }
}
