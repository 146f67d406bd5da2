import QueueCore

/// Who stands at the far end of one of the broker's connections.
enum Owner: Hashable, BitwiseCopyable {
  case client(Int32)
  case worker(Int32)
  case liar(Int32)

  var isClient: Bool {
    if case .client = self { return true }
    return false
  }
}

/// One peer's connection to one life of the broker. Messages keep their order on it, each way.
struct Connection {
  enum State {
    case open
    /// The peer has gone and the broker's host knows: sending fails.
    case closed
    /// The peer's host has gone: what is sent vanishes.
    case vanished
  }

  var owner: Owner
  var brokerLife: UInt32
  /// The process at the far end, if it makes results.
  var maker: UInt32 = 0
  var state = State.open
  /// Whether what the peer sent before it went still arrives.
  var isDraining = true
  /// Nothing arrives before these times.
  var earliestAtBroker: UInt64
  var earliestAtPeer: UInt64
}

/// All connections that ever were, and the messages under way.
struct Network {
  struct Packet {
    var connection: Int32
    var message: Message
  }

  private(set) var connections: [Connection] = []
  private var packets: [Packet?] = []
  private var free: [Int32] = []

  subscript(connection: Int32) -> Connection {
    _read { yield self.connections[Int(connection)] }
    _modify { yield &self.connections[Int(connection)] }
  }

  mutating func open(_ connection: Connection) -> Int32 {
    self.connections.append(connection)
    return Int32(self.connections.count - 1)
  }

  mutating func post(_ packet: Packet) -> Int32 {
    let index = self.free.popLast() ?? Int32(self.packets.count)
    if Int(index) == self.packets.count { self.packets.append(nil) }
    self.packets[Int(index)] = packet
    return index
  }

  mutating func take(_ index: Int32) -> Packet? {
    defer {
      self.packets[Int(index)] = nil
      self.free.append(index)
    }
    return self.packets[Int(index)]
  }
}

extension Stage {
  private static let duplicateDelayMicroseconds = 50_000
  private static let lateMicroseconds = 3_000_000

  /// Connects a peer to the broker's present or, if it is down, next life.
  mutating func connect(_ owner: Owner, maker: UInt32 = 0) -> Int32 {
    let earliest = max(self.now, self.brokerStartsAt) + self.latency()
    return self.network.open(
      Connection(
        owner: owner, brokerLife: self.brokerLife, maker: maker, earliestAtBroker: earliest,
        earliestAtPeer: earliest))
  }

  /// The peer's end of a connection goes.
  mutating func disconnect(_ connection: Int32, vanishing: Bool) {
    self.network[connection].state = vanishing ? .vanished : .closed
    self.network[connection].isDraining = !vanishing && self.random.percent(70)
  }

  /// A peer sends to the broker.
  mutating func sendToBroker(_ message: Message, over connection: Int32) {
    let arrival = max(self.now + self.latency(), self.network[connection].earliestAtBroker)
    self.network[connection].earliestAtBroker = arrival
    let packet = Network.Packet(connection: connection, message: message)
    self.agenda.add(.arrivalAtBroker(packet: self.network.post(packet)), at: arrival)
    if let copy = self.duplicateArrival(after: arrival) {
      self.agenda.add(.arrivalAtBroker(packet: self.network.post(packet)), at: copy)
    }
  }

  /// The broker sends to a peer. False if there is no connection any more, and the broker's host knows.
  mutating func sendToPeer(_ message: Message, over connection: Int32) -> Bool {
    switch self.network[connection].state {
    case .closed: return false
    case .vanished: return true
    case .open: break
    }
    let arrival = max(self.now + self.latency(), self.network[connection].earliestAtPeer)
    self.network[connection].earliestAtPeer = arrival
    let packet = Network.Packet(connection: connection, message: message)
    self.agenda.add(.arrivalAtPeer(packet: self.network.post(packet)), at: arrival)
    // Workers are spared: no broker says anything twice to them.
    if self.network[connection].owner.isClient, let copy = self.duplicateArrival(after: arrival) {
      self.agenda.add(.arrivalAtPeer(packet: self.network.post(packet)), at: copy)
    }
    return true
  }

  private mutating func duplicateArrival(after arrival: UInt64) -> UInt64? {
    guard self.isStormy, self.random.below(1000) < self.options.duplicatePermille else { return nil }
    self.totals.otherFaults += 1
    return arrival + self.random.pause(meanMicroseconds: Self.duplicateDelayMicroseconds)
  }

  private mutating func latency() -> UInt64 {
    var micros = self.options.latencyMicroseconds + self.random.below(self.options.jitterMicroseconds + 1)
    if self.isStormy, self.options.latePermille > 0, self.random.below(1000) < self.options.latePermille {
      self.totals.otherFaults += 1
      micros += self.random.below(Self.lateMicroseconds)
    }
    return UInt64(micros) * Time.microsecond
  }
}
