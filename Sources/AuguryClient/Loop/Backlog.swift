import QueueCore
import ZeroMQ

/// Units that wait: no broker has been heard yet, or the socket's queue is full.
///
/// What has not gone out can be taken back, so that a broker that comes up late does not find the work of callers that
/// have long given up.
struct Backlog {
  struct Unit {
    /// The request or call; nil for a PING, and for the CANCEL of a request that has gone out.
    var request: RequestID?
    var header: [UInt8]
    var payload: [Frame]

    fileprivate var position = 0

    fileprivate init(request: RequestID?, header: [UInt8], payload: [Frame]) {
      self.request = request
      self.header = header
      self.payload = payload
    }
  }

  /// In the order in which they came; nil where one is gone or taken back.
  private(set) var units: [Unit?] = []
  private var head = 0
  /// Units that are neither gone nor taken back.
  private var live = 0
  /// Where in `units` each waiting request is.
  private var positions: [RequestID: Int] = [:]
  private var pingPosition: Int?

  var isEmpty: Bool { self.live == 0 }
  /// How many units wait.
  var count: Int { self.live }

  /// The unit to be sent next.
  mutating func first() -> Unit? {
    guard self.live > 0 else { return nil }
    while self.head < self.units.count {
      if let unit = self.unit(at: self.head) { return unit }
      self.head += 1
    }
    return nil
  }

  /// The PING that waits, wherever it stands.
  func waitingPing() -> Unit? {
    self.pingPosition.flatMap { self.unit(at: $0) }
  }

  mutating func append(request: RequestID, header: [UInt8], payload: [Frame]) {
    let position = self.append(Unit(request: request, header: header, payload: payload))
    self.positions[request] = position
  }

  mutating func append(cancel header: [UInt8]) {
    _ = self.append(Unit(request: nil, header: header, payload: []))
  }

  /// A PING takes the place of one that still waits: an answer to the later one says more.
  mutating func append(ping header: [UInt8]) {
    if let pingPosition { self.drop(at: pingPosition) }
    self.pingPosition = nil
    self.pingPosition = self.append(Unit(request: nil, header: header, payload: []))
  }

  /// A unit that ``first()`` or ``waitingPing()`` just gave is gone.
  mutating func remove(_ unit: Unit) {
    if let request = unit.request { self.positions[request] = nil }
    if self.pingPosition == unit.position { self.pingPosition = nil }
    self.drop(at: unit.position)
    self.compact()
  }

  /// Takes a request back; false if it has gone out.
  mutating func withdraw(_ request: RequestID) -> Bool {
    guard let position = self.positions.removeValue(forKey: request) else { return false }
    self.drop(at: position)
    self.compact()
    return true
  }

  private mutating func append(_ unit: Unit) -> Int {
    self.compact()
    self.units.append(unit)
    self.live += 1
    return self.units.count - 1
  }

  private func unit(at position: Int) -> Unit? {
    var unit = self.units[position]
    unit?.position = position
    return unit
  }

  private mutating func drop(at position: Int) {
    self.units[position] = nil
    self.live -= 1
  }

  /// Forgets empty places once they are most of all places: what it costs is paid for by those that are gone.
  private mutating func compact() {
    guard self.units.count > 64, self.live < self.units.count / 2 else { return }
    var kept: [Unit?] = []
    kept.reserveCapacity(self.live)
    for position in self.head..<self.units.count {
      guard let unit = self.units[position] else { continue }
      if let request = unit.request { self.positions[request] = kept.count }
      if self.pingPosition == position { self.pingPosition = kept.count }
      kept.append(unit)
    }
    self.units = kept
    self.head = 0
  }
}
