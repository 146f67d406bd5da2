public import ArgumentParser
public import Simulator

/// Runs simulated clusters, one a seed, and says which of them broke a property.
@main
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run simulated clusters over the real core, a seed each, and check what must always hold.",
    discussion: """
      Exit code 0: every property held. 1: something happened that must not. 2: something that must happen did not. \
      A trap in the core ends the process; the seeds that were running are printed then.
      """)

  @Option(help: "How many seeds to run.")
  var seeds = 100

  @Option(help: "The first of them.")
  var from: UInt64 = 1

  @Option(help: "Run this seed alone and show its options.")
  var seed: UInt64?

  @Flag(help: "With --seed: show everything that happens.")
  var trace = false

  @Option(help: "Plant a bug, to see it caught: \(Mutation.allCases.map(\.rawValue).joined(separator: ", ")).")
  var plant: Mutation?

  func validate() throws {
    guard self.seeds > 0 else { throw ValidationError("--seeds is \(self.seeds), expected 1 or more.") }
    guard self.seed != nil || !self.trace else { throw ValidationError("--trace needs a --seed.") }
  }

  func run() async throws {
    RunningSeeds.printWhenTrapped()
    let violation =
      if let seed = self.seed { self.replay(seed) } else { await self.runAll() }
    switch violation?.kind {
    case nil: return
    case .safety: throw ExitCode(1)
    case .liveness: throw ExitCode(2)
    }
  }

  private func replay(_ seed: UInt64) -> Violation? {
    RunningSeeds.begin(seed)
    print(Options(seed: seed))
    let report = Simulation.run(seed: seed, mutation: self.plant, trace: self.trace ? { print($0) } : nil)
    print("totals: \(report.totals)")
    print("trace hash: \(String(report.traceHash, radix: 16))")
    print(report.violation.map(\.description) ?? "every property held")
    return report.violation
  }

  private func runAll() async -> Violation? {
    let plant = self.plant
    var summary = Summary()
    await withTaskGroup(of: Report.self) { group in
      var next = self.from
      let (end, overflow) = self.from.addingReportingOverflow(UInt64(self.seeds))
      let last = overflow ? UInt64.max : end
      while next < last || !group.isEmpty {
        while next < last, summary.underWay < Summary.atOnce {
          let seed = next
          next += 1
          summary.underWay += 1
          group.addTask {
            RunningSeeds.begin(seed)
            defer { RunningSeeds.end(seed) }
            return Simulation.run(seed: seed, mutation: plant)
          }
        }
        guard let report = await group.next() else { break }
        summary.add(report, plant: plant)
      }
    }
    print(summary)
    return summary.worst
  }
}

extension Mutation: ExpressibleByArgument {}
