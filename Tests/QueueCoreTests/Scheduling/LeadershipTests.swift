import QueueCore
import Testing

/// Who leads, and whether it computes.
@Suite struct LeadershipTests {
  private let leadership = Subject()
  private let look = Leadership().lookNanoseconds

  /// By reference, since expectations take no calls that change a value.
  private final class Subject {
    private var leadership = Leadership()

    var batchesAreShort: Bool { self.leadership.batchesAreShort }
    func batchBegins() -> UInt64 { self.leadership.batchBegins() }
    func batchEnded(of turn: UInt64) -> Bool { self.leadership.batchEnded(of: turn) }
    func look(at now: Instant) -> Leadership.Finding { self.leadership.look(at: now) }
    func batchTook(nanoseconds: UInt64) { self.leadership.batchTook(nanoseconds: nanoseconds) }
  }

  private func at(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: 1_000_000_000 + nanoseconds) }

  @Test func batchesAreShortOnceTheyAreKnownToBe() {
    #expect(!self.leadership.batchesAreShort)
    self.leadership.batchTook(nanoseconds: Leadership.shortNanoseconds)
    #expect(self.leadership.batchesAreShort)
    self.leadership.batchTook(nanoseconds: 1_000_000_000)
    #expect(!self.leadership.batchesAreShort)
    var more = 0
    while !self.leadership.batchesAreShort, more < 1000 {
      self.leadership.batchTook(nanoseconds: 20_000)
      more += 1
    }
    // One long batch is forgotten after some dozens of short ones.
    #expect((8...64).contains(more))
  }

  @Test func followerRestsWhileTheLeaderDoesNotCompute() {
    #expect(self.leadership.look(at: self.at(0)) == .rest)
    let turn = self.leadership.batchBegins()
    #expect(self.leadership.batchEnded(of: turn))
    // Something has moved since it last looked; only then nothing has.
    #expect(self.leadership.look(at: self.at(0)) == .lookAgain(at: self.at(self.look)))
    #expect(self.leadership.look(at: self.at(5)) == .lookAgain(at: self.at(self.look)))
    #expect(self.leadership.look(at: self.at(self.look)) == .rest)
  }

  @Test func followerTakesTheLeadFromABatchThatGoesOnAndOn() {
    let turn = self.leadership.batchBegins()
    #expect(self.leadership.look(at: self.at(0)) == .lookAgain(at: self.at(self.look)))
    #expect(self.leadership.look(at: self.at(self.look - 1)) == .lookAgain(at: self.at(self.look)))
    #expect(self.leadership.look(at: self.at(self.look)) == .takeLead)
    #expect(!self.leadership.batchEnded(of: turn))
    // Who leads now may compute, and be relieved in turn.
    let next = self.leadership.batchBegins()
    #expect(!self.leadership.batchEnded(of: turn))
    #expect(self.leadership.look(at: self.at(2 * self.look)) == .lookAgain(at: self.at(3 * self.look)))
    #expect(self.leadership.batchEnded(of: next))
  }

  @Test func manyShortBatchesAreNoLongOne() {
    var now: UInt64 = 0
    for _ in 0..<100 {
      let turn = self.leadership.batchBegins()
      now += self.look
      #expect(self.leadership.look(at: self.at(now)) == .lookAgain(at: self.at(now + self.look)))
      #expect(self.leadership.batchEnded(of: turn))
    }
  }
}
