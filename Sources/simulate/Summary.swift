import Simulator

/// What many worlds came to.
struct Summary: CustomStringConvertible {
  /// Worlds that are run at the same time; the threads are as many as the machine has cores.
  static let atOnce = RunningSeeds.capacity

  var underWay = 0
  /// The first violation, or the first of safety if there is one.
  private(set) var worst: Violation?
  private var worlds = 0
  private var failed = 0
  private var totals = Totals()
  /// The smallest number of requests that a world had.
  private var fewestRequests = Int.max

  /// Counts a world and prints it if it broke a property.
  mutating func add(_ report: Report, plant: Mutation?) {
    self.underWay -= 1
    self.worlds += 1
    self.totals += report.totals
    self.fewestRequests = min(self.fewestRequests, report.totals.requests)
    guard let violation = report.violation else { return }
    self.failed += 1
    if self.worst == nil || self.worst?.kind == .liveness && violation.kind == .safety { self.worst = violation }
    let planting = plant.map { " --plant \($0.rawValue)" } ?? ""
    print("seed \(report.options.seed): \(violation)")
    print("  replay with: swift run -c release simulate --seed \(report.options.seed)\(planting) --trace")
  }

  var description: String {
    """
    \(self.worlds) worlds, \(self.failed) broke a property, at least \(self.fewestRequests) requests each
    totals: \(self.totals)
    """
  }
}
