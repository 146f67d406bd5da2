import QueueCore
import Testing

struct JobScheduleTests {
  private func rank(_ number: Int64, _ priority: Int = 0, by finishBy: Double? = nil) -> JobSchedule.Rank {
    JobSchedule.Rank(priority: priority, finishBy: finishBy, number: number)
  }

  @Test func jobsGoByPriorityThenTimeThenSubmission() {
    let ranks = [
      self.rank(1), self.rank(2, -1), self.rank(3, 0, by: 20), self.rank(4, 0, by: 10), self.rank(5, 9), self.rank(6),
    ]
    #expect(ranks.sorted().map(\.number) == [5, 4, 3, 1, 6, 2])
    let decisions = JobSchedule.decide(ready: ranks, running: [], slots: 4)
    #expect(decisions == [.start(5), .start(4), .start(3), .start(1)])
  }

  @Test func onlyAStrictlyHigherPriorityTakesAPlace() {
    let running = [JobSchedule.Running(rank: self.rank(1, 2)), JobSchedule.Running(rank: self.rank(2, 1))]
    let same = JobSchedule.decide(ready: [self.rank(3, 1, by: 1)], running: running, slots: 2)
    #expect(same == [])
    let higher = JobSchedule.decide(ready: [self.rank(3, 2)], running: running, slots: 2)
    #expect(higher == [.setBack(2, inFavourOf: 3)])
    let two = JobSchedule.decide(ready: [self.rank(3, 5), self.rank(4, 5)], running: running, slots: 2)
    #expect(two == [.setBack(2, inFavourOf: 3), .setBack(1, inFavourOf: 4)])
  }

  @Test func aPlaceThatIsAboutToBeFreeIsPromisedOnce() {
    let running = [
      JobSchedule.Running(rank: self.rank(1), isStopping: true), JobSchedule.Running(rank: self.rank(2)),
    ]
    let one = JobSchedule.decide(ready: [self.rank(3, 1)], running: running, slots: 2)
    #expect(one == [])
    let two = JobSchedule.decide(ready: [self.rank(3, 1), self.rank(4, 1)], running: running, slots: 2)
    #expect(two == [.setBack(2, inFavourOf: 4)])
  }

  @Test func aJobThatDoesNotGetOnMakesRoomForAnyOther() {
    let running = [
      JobSchedule.Running(rank: self.rank(1, 9), isStalled: true), JobSchedule.Running(rank: self.rank(2)),
    ]
    let decisions = JobSchedule.decide(ready: [self.rank(3, -5)], running: running, slots: 2)
    #expect(decisions == [.setBack(1, inFavourOf: 3)])
    let nobody = JobSchedule.decide(ready: [], running: running, slots: 2)
    #expect(nobody == [])
  }

  /// Whatever comes and goes: places are kept, nothing runs twice, and in the end everything has run.
  @Test(arguments: UInt64(0)..<200) func everyJobRunsInTheEnd(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let slots = Int.random(in: 1...4, using: &random)
    var waiting: [JobSchedule.Rank] = (1...Int64.random(in: 1...20, using: &random)).map { number in
      self.rank(
        number, Int.random(in: 0...2, using: &random),
        by: random.chance(oneIn: 2) ? Double(Int.random(in: 0...3, using: &random)) : nil)
    }
    let all = waiting.count
    var running: [JobSchedule.Running] = []
    var done: Set<Int64> = []
    var turns = 0
    while done.count < all, turns < 10_000 {
      turns += 1
      for index in running.indices { running[index].isStalled = random.chance(oneIn: 5) }
      // Some are not ready for the moment.
      let ready = waiting.filter { _ in !random.chance(oneIn: 4) }
      for decision in JobSchedule.decide(ready: ready, running: running, slots: slots) {
        switch decision {
        case .start(let number):
          let started = waiting.filter { $0.number == number }
          #expect(started.count == 1)
          waiting.removeAll { $0.number == number }
          running += started.map { JobSchedule.Running(rank: $0) }
        case .setBack(let number, let other):
          let index = running.firstIndex { $0.rank.number == number && !$0.isStopping }
          #expect(index != nil)
          #expect(waiting.contains { $0.number == other })
          if let index {
            let winner = waiting.first { $0.number == other }
            #expect(running[index].isStalled || running[index].rank.priority < winner?.priority ?? .min)
            running[index].isStopping = true
          }
        }
      }
      #expect(running.count <= slots)
      guard let index = running.indices.randomElement(using: &random) else { continue }
      let ended = running.remove(at: index)
      if ended.isStopping, random.chance(oneIn: 2) {
        waiting.append(ended.rank)
      } else {
        done.insert(ended.rank.number)
      }
    }
    #expect(done.count == all)
  }
}
