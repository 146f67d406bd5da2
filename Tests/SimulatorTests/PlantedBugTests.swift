import Simulator
import Testing

/// The checks bite: each bug, planted between the core and its world, is caught by the property it is there for.
@Suite struct PlantedBugTests {
  /// Seeds in which a planted bug must show at the latest.
  private static let seeds: ClosedRange<UInt64> = 1...400

  @Test(arguments: Mutation.allCases)
  func plantedBugIsCaughtByItsProperty(_ mutation: Mutation) {
    var caught: [String] = []
    for seed in Self.seeds {
      guard let violation = Simulation.run(seed: seed, mutation: mutation).violation else { continue }
      caught.append(violation.property)
      if violation.property == mutation.property { return }
    }
    Issue.record("\(mutation) is to be caught by \(mutation.property); caught by \(Set(caught).sorted())")
  }

  @Test func everyPropertyHasABugThatItCatches() {
    let provoked = Set(Mutation.allCases.map(\.property))
    #expect(Simulation.properties.filter { !provoked.contains($0) } == [])
  }
}
