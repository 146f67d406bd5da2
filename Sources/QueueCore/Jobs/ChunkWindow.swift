/// Decides how many requests of a job are on the way at once.
///
/// The aim is that a few chunks wait in the cluster, so that no worker runs dry, and no more: what waits there is
/// memory, and would not finish sooner. The replies say how long they waited; by Little's law the share of that in a
/// reply's whole time, times the window, is how many chunks wait on average. Below ``fewWaiting`` the window grows,
/// above ``manyWaiting`` it shrinks. It doubles at first, then moves by one a round, a round being as many replies as
/// the window is wide. A refusal for lack of room halves it; nobody there to serve takes it to the minimum.
struct ChunkWindow {
  static let fewWaiting: UInt64 = 2
  static let manyWaiting: UInt64 = 8

  private(set) var size: Int
  private let minimum: Int
  private let maximum: Int
  private var isDoubling = true
  private var roundReplies = 0
  private var roundQueueMicroseconds: UInt64 = 0
  private var roundMicroseconds: UInt64 = 0

  init(minimum: Int, maximum: Int) {
    precondition(minimum >= 1 && maximum >= minimum, "A window cannot be \(minimum) to \(maximum) wide")
    self.minimum = minimum
    self.maximum = maximum
    self.size = min(2 * minimum, maximum)
  }

  /// A reply came so long after its request was sent, of which it waited so long in the cluster.
  mutating func replied(afterMicroseconds microseconds: UInt64, queueMicroseconds: UInt64) {
    self.roundReplies += 1
    self.roundMicroseconds += max(microseconds, 1)
    self.roundQueueMicroseconds += min(queueMicroseconds, microseconds)
    guard self.roundReplies >= self.size else { return }
    let waiting = UInt64(self.size) * self.roundQueueMicroseconds / self.roundMicroseconds
    if waiting < Self.fewWaiting {
      self.size = min(self.isDoubling ? 2 * self.size : self.size + 1, self.maximum)
    } else {
      self.isDoubling = false
      if waiting > Self.manyWaiting { self.size = max(self.size - 1, self.minimum) }
    }
    self.startRound()
  }

  /// A request was refused because the cluster is full.
  mutating func refused() {
    self.isDoubling = false
    self.size = max(self.size / 2, self.minimum)
    self.startRound()
  }

  /// A request failed because nobody could serve it.
  mutating func unserved() {
    self.isDoubling = true
    self.size = self.minimum
    self.startRound()
  }

  private mutating func startRound() {
    self.roundReplies = 0
    self.roundMicroseconds = 0
    self.roundQueueMicroseconds = 0
  }
}
