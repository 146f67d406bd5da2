import QueueCore

/// The waiting requests of one version and class, and who of their clients has had a turn.
struct WaitingList {
  struct Place: Comparable {
    var deadline: Instant
    var arrival: UInt64
    var work: WorkID

    static func < (left: Place, right: Place) -> Bool {
      left.deadline != right.deadline ? left.deadline < right.deadline : left.arrival < right.arrival
    }

    init(_ entry: Ledger.Entry) {
      self.deadline = entry.deadline
      self.arrival = entry.arrival
      self.work = entry.work
    }
  }

  private struct Line {
    var places: [Place] = []
    /// The round of its next turn, if that has not come yet.
    var nextRound = 0
  }

  private var lines: [PeerID: Line] = [:]
  private var round = 0
  private(set) var count = 0
  /// How often somebody came to wait when nobody did.
  private(set) var fillings = 0

  /// The one whose turn it is: of those clients that have waited for a turn since the earliest round, the one with the
  /// earliest deadline or arrival.
  var first: Place? {
    let candidates = self.lines.values.compactMap { line in
      line.places.first.map { (round: max(line.nextRound, self.round), place: $0) }
    }
    return candidates.min { left, right in
      left.round != right.round ? left.round < right.round : left.place < right.place
    }?.place
  }

  func count(of client: PeerID) -> Int { self.lines[client]?.places.count ?? 0 }

  mutating func insert(_ entry: Ledger.Entry) {
    if self.count == 0 { self.fillings += 1 }
    self.count += 1
    let place = Place(entry)
    self.change(entry) { line in line.places.insert(place, at: Self.position(of: place, in: line.places)) }
  }

  /// The request does not wait any more; its client keeps its turn.
  mutating func remove(_ entry: Ledger.Entry) {
    self.takeOut(entry)
    self.endRoundIfEmpty()
  }

  private mutating func takeOut(_ entry: Ledger.Entry) {
    let place = Place(entry)
    var isThere = false
    self.change(entry) { line in
      let position = Self.position(of: place, in: line.places)
      isThere = position < line.places.count && line.places[position] == place
      if isThere { line.places.remove(at: position) }
    }
    if isThere { self.count -= 1 }
  }

  /// A worker gets the request: its client has had its turn.
  mutating func serve(_ entry: Ledger.Entry) {
    self.takeOut(entry)
    self.round = max(self.lines[entry.submission.client]?.nextRound ?? 0, self.round)
    self.change(entry) { [round] line in line.nextRound = round + 1 }
    self.endRoundIfEmpty()
  }

  private mutating func endRoundIfEmpty() {
    if self.count == 0 { self.round += 1 }
  }

  private mutating func change(_ entry: Ledger.Entry, _ body: (inout Line) -> Void) {
    body(&self.lines[entry.submission.client, default: Line()])
  }

  private static func position(of place: Place, in places: [Place]) -> Int {
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
