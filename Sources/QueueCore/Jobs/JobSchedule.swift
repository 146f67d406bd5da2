/// Decides which jobs a runner begins and which it sets back.
///
/// Jobs of a higher priority go first, among them those that should end first, among those the ones submitted first.
/// So many run at once; one that has nobody to predict its rows does not count and makes room as soon as another could
/// run. A job takes the place of one of strictly lower priority, which goes on later from its checkpoint; jobs of one
/// priority never take each other's place, or they would only cost each other time.
public enum JobSchedule {
  /// A job's place among others. The lesser goes first.
  public struct Rank: Hashable, Comparable, Sendable {
    /// The greater goes first.
    public var priority: Int
    /// When the job should have ended, in seconds since 1970; nil for no time.
    public var finishBy: Double?
    /// The job's number, in the order of submission.
    public var number: Int64

    /// Makes a rank.
    public init(priority: Int, finishBy: Double?, number: Int64) {
      self.priority = priority
      self.finishBy = finishBy
      self.number = number
    }

    /// Whether `left` goes before `right`.
    public static func < (left: Rank, right: Rank) -> Bool {
      if left.priority != right.priority { return left.priority > right.priority }
      let (leftTime, rightTime) = (left.finishBy ?? .infinity, right.finishBy ?? .infinity)
      return leftTime != rightTime ? leftTime < rightTime : left.number < right.number
    }
  }

  /// A job that has a place.
  public struct Running: Hashable, Sendable {
    /// Its place among others.
    public var rank: Rank
    /// Whether nobody can predict its rows now.
    public var isStalled: Bool
    /// Whether it has been told to stop.
    public var isStopping: Bool

    /// Describes a job.
    public init(rank: Rank, isStalled: Bool = false, isStopping: Bool = false) {
      self.rank = rank
      self.isStalled = isStalled
      self.isStopping = isStopping
    }
  }

  /// What is to be done.
  public enum Decision: Hashable, Sendable {
    /// Begin the job of this number.
    case start(Int64)
    /// Tell the job of this number to stop, in favour of another one.
    case setBack(Int64, inFavourOf: Int64)
  }

  /// What is to be done now.
  ///
  /// - Parameters:
  ///   - ready: Jobs that could be begun, in any order.
  ///   - running: Jobs that have been begun and have not ended, in any order.
  ///   - slots: Jobs that may run at once, at least 1.
  public static func decide(ready: [Rank], running: [Running], slots: Int) -> [Decision] {
    precondition(slots >= 1, "No job could ever run in \(slots) slots")
    var decisions: [Decision] = []
    // The last to be set back first: whoever stalls, then the last in rank.
    var candidates = running.filter { !$0.isStopping }.sorted { left, right in
      left.isStalled != right.isStalled ? right.isStalled : left.rank < right.rank
    }
    var free = slots - running.count
    // Places that are about to be free belong to the first in rank.
    var promised = running.count(where: \.isStopping)
    for rank in ready.sorted() {
      if free > 0 {
        free -= 1
        decisions.append(.start(rank.number))
      } else if promised > 0 {
        promised -= 1
      } else if let last = candidates.last, last.isStalled || last.rank.priority < rank.priority {
        candidates.removeLast()
        decisions.append(.setBack(last.rank.number, inFavourOf: rank.number))
      } else {
        break
      }
    }
    return decisions
  }
}
