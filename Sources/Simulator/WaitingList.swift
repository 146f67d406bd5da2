import QueueCore

/// The waiting requests of one version and class in the order in which they are to be served.
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

  private(set) var places: [Place] = []
  /// How often somebody came to wait when nobody did.
  private(set) var fillings = 0

  var count: Int { self.places.count }
  var first: Place? { self.places.first }

  mutating func insert(_ entry: Ledger.Entry) {
    let place = Place(entry)
    if self.places.isEmpty { self.fillings += 1 }
    self.places.insert(place, at: self.position(of: place))
  }

  mutating func remove(_ entry: Ledger.Entry) {
    let place = Place(entry)
    let position = self.position(of: place)
    if position < self.places.count, self.places[position] == place { self.places.remove(at: position) }
  }

  private func position(of place: Place) -> Int {
    var low = 0
    var high = self.places.count
    while low < high {
      let middle = (low + high) / 2
      if self.places[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
