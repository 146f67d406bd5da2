import QueueCore
import ZeroMQ

/// The connections of one ROUTER socket, as numbers.
///
/// libzmq names a connection without a name of its own by five bytes, a zero and a 32-bit number: that number is the
/// peer's. A name that the peer chose is kept in a table for as long as it is of use, and looked up without a copy of
/// it.
struct Peers {
  /// Peers with names of their own that are kept before those without business are forgotten.
  private static let sweepThreshold = 4096
  private static let chosen: UInt64 = 1 << 63

  /// Peers by the hash of their names; hardly ever more than one.
  private var peersByHash: [Int: [PeerID]] = [:]
  private var nameByPeer: [PeerID: [UInt8]] = [:]
  private var nextChosen: UInt64 = 0
  private var sweepAt = Self.sweepThreshold

  /// The peer that a routing id names, the first part of a received message; nil if it chose a name that is not in the
  /// table.
  func peer(_ routingID: RawSpan) -> PeerID? {
    if let number = RoutingID.number(routingID) { return PeerID(UInt64(number)) }
    guard let candidates = self.peersByHash[Self.hash(routingID)] else { return nil }
    for candidate in candidates where self.hasName(candidate, routingID) { return candidate }
    return nil
  }

  /// A new peer for a name that is not in the table.
  mutating func add(_ name: [UInt8]) -> PeerID {
    let peer = PeerID(Self.chosen | self.nextChosen)
    self.nextChosen += 1
    self.peersByHash[Self.hash(name.span.bytes), default: []].append(peer)
    self.nameByPeer[peer] = name
    return peer
  }

  /// Seeded anew in every process, so that nobody can choose names that collide.
  private static func hash(_ name: RawSpan) -> Int {
    var hasher = Hasher()
    name.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  private func hasName(_ peer: PeerID, _ name: RawSpan) -> Bool {
    guard let known = self.nameByPeer[peer], known.count == name.byteCount else { return false }
    return name.withUnsafeBytes { $0.elementsEqual(known) }
  }

  /// The routing id to send to, or nil if the peer has been forgotten.
  func routingID(of peer: PeerID) -> RoutingID? {
    if peer.rawValue & Self.chosen == 0 { return .number(UInt32(truncatingIfNeeded: peer.rawValue)) }
    return self.nameByPeer[peer].map { .name($0) }
  }

  /// Whether it is time to forget peers that have no business with us; cheap to ask.
  var wantsSweep: Bool { self.nameByPeer.count >= self.sweepAt }

  /// Forgets the chosen names of peers that have no business with us.
  mutating func sweep(keeping hasBusiness: (PeerID) -> Bool) {
    for (peer, name) in self.nameByPeer where !hasBusiness(peer) {
      self.nameByPeer[peer] = nil
      let hash = Self.hash(name.span.bytes)
      self.peersByHash[hash]?.removeAll { $0 == peer }
      if self.peersByHash[hash]?.isEmpty == true { self.peersByHash[hash] = nil }
    }
    self.sweepAt = max(Self.sweepThreshold, self.nameByPeer.count * 2)
  }
}

/// A routing id as it goes before a message.
enum RoutingID {
  /// One that libzmq made.
  case number(UInt32)
  /// One that the peer chose.
  case name([UInt8])

  /// The number in the first part of a received message; nil if the peer chose its name.
  static func number(_ part: RawSpan) -> UInt32? {
    guard part.byteCount == 5, part.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 0 else { return nil }
    return UInt32(bigEndian: part.unsafeLoadUnaligned(fromByteOffset: 1, as: UInt32.self))
  }

  /// Who this is, as a route sees it: a name that the peer chose is the same after every start of the broker.
  static func identity(_ part: RawSpan) -> RoutingKey {
    Self.number(part).map { RoutingKey(number: UInt64($0)) } ?? RoutingKey(part)
  }

  /// Sends it as the first part.
  func send(to socket: borrowing Socket) throws(ZMQError) -> SendResult {
    switch self {
    case .number(let number):
      let bytes: InlineArray<5, UInt8> = [
        0, UInt8(truncatingIfNeeded: number >> 24), UInt8(truncatingIfNeeded: number >> 16),
        UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
      ]
      return try socket.send(bytes.span.bytes, more: true)
    case .name(let bytes):
      return try socket.send(bytes.span.bytes, more: true)
    }
  }
}
