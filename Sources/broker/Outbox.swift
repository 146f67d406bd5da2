import QueueCore

/// A turn's actions towards one socket, a list a peer, each in the order in which they were asked for.
///
/// What goes to the same peer in the same turn shares a message: one routing id, one look-up and one wake-up for many
/// units. Allocates nothing once it has grown.
struct Outbox: ~Copyable {
  private struct List: BitwiseCopyable {
    var first: Int32
    var last: Int32
  }

  private static let none: Int32 = -1

  private var listByPeer = FlatTable()
  /// The lists, one for each of `peers`.
  private var lists: [List] = []
  /// The peers with lists, in the order of their first action.
  private(set) var peers: [PeerID] = []
  /// For each action of the turn, the next one of the same peer.
  private var following: [Int32] = []

  /// Puts an action, named by its index, at the end of its peer's list.
  mutating func add(_ action: Int, to peer: PeerID) {
    while self.following.count <= action { self.following.append(Self.none) }
    self.following[action] = Self.none
    if let list = self.listByPeer[peer.rawValue] {
      self.following[Int(self.lists[list].last)] = Int32(action)
      self.lists[list].last = Int32(action)
    } else {
      self.listByPeer[peer.rawValue] = self.lists.count
      self.lists.append(List(first: Int32(action), last: Int32(action)))
      self.peers.append(peer)
    }
  }

  /// The first action of a peer's list.
  func first(of peer: PeerID) -> Int? { self.listByPeer[peer.rawValue].map { Int(self.lists[$0].first) } }

  /// The action after this one in its list.
  func next(after action: Int) -> Int? {
    let next = self.following[action]
    return next == Self.none ? nil : Int(next)
  }

  mutating func removeAll() {
    for peer in self.peers { self.listByPeer[peer.rawValue] = nil }
    self.lists.removeAll(keepingCapacity: true)
    self.peers.removeAll(keepingCapacity: true)
    self.following.removeAll(keepingCapacity: true)
  }
}
