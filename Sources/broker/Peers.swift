import QueueCore
import ZeroMQ

/// The connections of one ROUTER socket, as numbers.
///
/// libzmq names a connection without a name of its own by five bytes, a zero and a 32-bit number: that number is the
/// peer's. A name that the peer chose is kept in a table for as long as it is of use.
struct Peers {
  /// Peers with names of their own that are kept before those without business are forgotten.
  private static let sweepThreshold = 4096
  private static let chosen: UInt64 = 1 << 63

  private var peerByName: [[UInt8]: PeerID] = [:]
  private var nameByPeer: [PeerID: [UInt8]] = [:]
  private var nextChosen: UInt64 = 0
  private var sweepAt = Self.sweepThreshold

  /// The peer that a routing id names.
  mutating func peer(_ routingID: RoutingID) -> PeerID {
    switch routingID {
    case .number(let number): return PeerID(UInt64(number))
    case .name(let name):
      if let known = self.peerByName[name] { return known }
      let peer = PeerID(Self.chosen | self.nextChosen)
      self.nextChosen += 1
      self.peerByName[name] = peer
      self.nameByPeer[peer] = name
      return peer
    }
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
      self.peerByName[name] = nil
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

  /// Reads the first part of a received message.
  init(_ part: RawSpan) {
    if part.byteCount == 5, part.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 0 {
      self = .number(UInt32(bigEndian: part.unsafeLoadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    } else {
      self = .name(part.withUnsafeBytes { Array($0) })
    }
  }

  /// Who this is, as a route sees it: a name that the peer chose is the same after every start of the broker.
  var identity: RoutingKey {
    switch self {
    case .number(let number): RoutingKey(number: UInt64(number))
    case .name(let bytes): RoutingKey(bytes.span.bytes)
    }
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
