import Simulator
import Testing

@Suite struct WorldTests {
  @Test(arguments: UInt64(1)...40)
  func everyPropertyHolds(seed: UInt64) {
    let report = Simulation.run(seed: seed)
    #expect(report.violation == nil, "replay with: simulate --seed \(seed) --trace")
    #expect(report.totals.requests > 0 && report.totals.messages > 0)
  }

  @Test(arguments: [UInt64(3), 16, 48])
  func theSameSeedIsTheSameWorld(seed: UInt64) {
    let first = Simulation.run(seed: seed)
    let second = Simulation.run(seed: seed)
    #expect(first.traceHash == second.traceHash)
    #expect(first.totals == second.totals)
  }

  @Test func anotherSeedIsAnotherWorld() {
    #expect(Simulation.run(seed: 1).traceHash != Simulation.run(seed: 2).traceHash)
  }

  @Test func watchingAWorldDoesNotChangeIt() {
    var lines = 0
    let watched = Simulation.run(seed: 7) { _ in lines += 1 }
    #expect(watched.traceHash == Simulation.run(seed: 7).traceHash)
    #expect(lines > 1000)
  }

  @Test func worldsHaveInThemWhatTheyAreFor() {
    var totals = Totals()
    for seed in UInt64(1)...40 { totals += Simulation.run(seed: seed).totals }
    #expect(totals.requests > 10_000)
    #expect(totals.replies > 3000)
    #expect(totals.refusals > 1000)
    #expect(totals.retries > 300)
    #expect(totals.lateResults > 300)
    #expect(totals.crashes > 50)
    #expect(totals.stuck > 2)
    #expect(totals.departures > 50)
    #expect(totals.cancellations > 100)
    #expect(totals.lies > 500)
    #expect(totals.brokers > 45)
  }
}
