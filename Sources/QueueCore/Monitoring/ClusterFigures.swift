/// The figures of all workers, by session and summed by version.
///
/// Workers report totals since their own start. When one leaves, its totals stay in its version's sum, so that the
/// version's totals never go back.
public struct ClusterFigures: Sendable {
  /// An object of its own, since a table has room for up to three times what is in it.
  final class Member: Sendable {
    let version: VersionID
    let figures: WorkerFigures

    init(version: VersionID, figures: WorkerFigures) {
      self.version = version
      self.figures = figures
    }
  }

  private(set) var members: [SessionID: Member] = [:]
  private var retired: [VersionID: WorkerFigures] = [:]

  /// No figures at all.
  public init() {}

  /// Takes a worker's latest figures.
  public mutating func update(_ session: SessionID, version: VersionID, figures: WorkerFigures) {
    self.members[session] = Member(version: version, figures: figures)
  }

  /// A worker is gone: what it did still counts, what it held and used does not.
  public mutating func retire(_ session: SessionID) {
    guard let member = self.members.removeValue(forKey: session) else { return }
    var figures = member.figures
    figures.inFlight = 0
    figures.queued = 0
    figures.residentBytes = 0
    figures.cpuMicroseconds = 0
    figures.uptimeMilliseconds = 0
    figures.busyMilliseconds = 0
    self.retired[member.version, default: WorkerFigures()].merge(figures)
  }

  /// A worker's latest figures, if it has sent any.
  public func figures(of session: SessionID) -> WorkerFigures? { self.members[session]?.figures }

  /// What all workers of a version have done, those that are gone among them, and what the present ones hold.
  public func totals(of version: VersionID) -> WorkerFigures {
    var sum = self.retired[version] ?? WorkerFigures()
    // A sum does not depend on the order in which it is made.
    for member in self.members.values where member.version == version { sum.merge(member.figures) }
    return sum
  }
}
