import BasicContainers

/// The waiting requests of one version and class, shared out among their clients: round by round, each client that
/// waits has one request taken, so that nobody waits longer for how much another one asks for.
///
/// Within a round, and within a client, the earliest deadline goes first, then the earliest arrival. A client whose
/// turn in a round is over has its next one in the round after, also if it comes back with nothing waiting in between.
/// A round is over at the latest when nobody waits any more.
///
/// Costs O(log n) in the client's requests and in the clients, whatever the others have waiting, and allocates nothing
/// once it has grown: clients with nothing waiting are forgotten in passing, when they have become many.
struct FairQueue: ~Copyable {
  /// A client's waiting requests.
  struct Flow: ~Copyable {
    var client: PeerID
    var requests = IndexedHeap()
    /// The round of its next turn, at most one after the present one.
    var nextRound: UInt64
    var isFree = false
  }

  /// Clients with nothing waiting that are remembered before any is forgotten.
  private static let idleFlows = 64
  /// Requests for which a forgotten client's place keeps memory.
  private static let keptRequests = 64

  private var flows = UniqueArray<Flow>()
  private var flowByClient = FlatTable()
  private var freeFlows = UniqueArray<Int32>()
  private var idleCount = 0
  private var forgetsAbove = Self.idleFlows
  private var round: UInt64 = 0
  /// Clients that wait for their turn in this round, by their first request.
  private var current = IndexedHeap()
  /// Those that wait for the next round.
  private var next = IndexedHeap()
  /// Where each client stands, in whichever of the two.
  private var flowPositions = UniqueArray<Int32>()

  /// Requests that wait.
  private(set) var count = 0

  var isEmpty: Bool { self.count == 0 }

  /// The request that ``removeFirst(positions:)`` would take.
  var first: Int? {
    guard let flow = self.current.first ?? self.next.first else { return nil }
    return self.flows[Int(flow.slot)].requests.first.map { Int($0.slot) }
  }

  /// Puts a request in, and says which flow it is in, for its removal.
  mutating func insert(
    _ slot: Int, client: PeerID, deadline: Instant, arrival: UInt64, positions: inout UniqueArray<Int32>
  ) -> Int32 {
    let flow = self.flow(of: client)
    let index = Int(flow)
    let before = self.flows[index].requests.first?.slot
    self.flows[index].requests.insert(
      IndexedHeap.Element(major: deadline.nanoseconds, minor: arrival, slot: Int32(slot)), positions: &positions)
    self.count += 1
    if before == nil { self.idleCount -= 1 }
    self.place(flow, after: before)
    return flow
  }

  /// Takes the next request out: its client has had its turn.
  mutating func removeFirst(positions: inout UniqueArray<Int32>) -> Int {
    if self.current.isEmpty {
      swap(&self.current, &self.next)
      self.round += 1
    }
    let flow = self.current.removeFirst(positions: &self.flowPositions).slot
    let index = Int(flow)
    let slot = Int(self.flows[index].requests.removeFirst(positions: &positions).slot)
    self.flows[index].nextRound = self.round + 1
    self.count -= 1
    if self.flows[index].requests.isEmpty { self.becameIdle() } else { self.place(flow, after: nil) }
    return slot
  }

  /// Takes a request out of the middle; its client keeps its turn.
  mutating func remove(_ slot: Int, flow: Int32, positions: inout UniqueArray<Int32>) {
    let index = Int(flow)
    let before = self.flows[index].requests.first?.slot
    self.flows[index].requests.remove(slot: slot, positions: &positions)
    self.count -= 1
    self.place(flow, after: before)
    if self.flows[index].requests.isEmpty { self.becameIdle() }
  }

  /// How many requests go before one of this client that comes now with this deadline: its own that are more urgent,
  /// and as many of each other client as fit into the rounds until then. Counts to `limit` at most, and costs as much.
  func count(before deadline: Instant, of client: PeerID, upTo limit: Int) -> Int {
    let flow = self.flowByClient[client.rawValue].map(Int32.init) ?? IndexedHeap.absent
    let isKnown = flow != IndexedHeap.absent
    let own = isKnown ? self.flows[Int(flow)].requests.count(upTo: deadline.nanoseconds, limit: limit) : 0
    var sum = own
    self.count(ofOthersThan: flow, in: self.current, each: own + 1, upTo: limit, into: &sum)
    self.count(ofOthersThan: flow, in: self.next, each: own + 1, upTo: limit, into: &sum)
    return min(sum, limit)
  }

  private func count(
    ofOthersThan own: Int32, in clients: borrowing IndexedHeap, each most: Int, upTo limit: Int, into sum: inout Int
  ) {
    for index in 0..<clients.count where clients.elements[index].slot != own {
      guard sum < limit else { return }
      sum += min(self.flows[Int(clients.elements[index].slot)].requests.count, most)
    }
  }

  /// How many of a client's requests wait.
  func count(of client: PeerID) -> Int {
    self.flowByClient[client.rawValue].map { self.flows[$0].requests.count } ?? 0
  }

  // MARK: Clients

  /// Clients that wait, or have had a turn not long ago.
  var rememberedClients: Int { self.flowByClient.count }

  /// Puts a client where its first request belongs, or out if it has none, if that is not where it stands.
  private mutating func place(_ flow: Int32, after before: Int32?) {
    let index = Int(flow)
    let first = self.flows[index].requests.first
    guard first?.slot != before else { return }
    let isNext = self.flows[index].nextRound > self.round
    if before != nil {
      if isNext {
        self.next.remove(slot: index, positions: &self.flowPositions)
      } else {
        self.current.remove(slot: index, positions: &self.flowPositions)
      }
    }
    guard let first else { return }
    let element = IndexedHeap.Element(major: first.major, minor: first.minor, slot: flow)
    if isNext {
      self.next.insert(element, positions: &self.flowPositions)
    } else {
      self.current.insert(element, positions: &self.flowPositions)
    }
  }

  private mutating func flow(of client: PeerID) -> Int32 {
    if let known = self.flowByClient[client.rawValue] { return Int32(known) }
    let flow: Int32
    if let free = self.freeFlows.popLast() {
      flow = free
      self.flows[Int(flow)].client = client
      self.flows[Int(flow)].nextRound = self.round
      self.flows[Int(flow)].isFree = false
    } else {
      flow = Int32(self.flows.count)
      self.flows.append(Flow(client: client, nextRound: self.round))
      self.flowPositions.append(IndexedHeap.absent)
    }
    self.flowByClient[client.rawValue] = Int(flow)
    self.idleCount += 1
    return flow
  }

  private mutating func becameIdle() {
    self.idleCount += 1
    if self.isEmpty { self.round += 1 }
    if self.idleCount > self.forgetsAbove { self.forgetIdle() }
  }

  /// Forgets clients with nothing waiting that have a turn in this round anyway, as a new client has.
  private mutating func forgetIdle() {
    for index in 0..<self.flows.count {
      guard !self.flows[index].isFree, self.flows[index].requests.isEmpty,
        self.flows[index].nextRound <= self.round
      else { continue }
      self.flowByClient[self.flows[index].client.rawValue] = nil
      self.flows[index].isFree = true
      self.flows[index].requests.shrink(to: Self.keptRequests)
      self.freeFlows.append(Int32(index))
      self.idleCount -= 1
    }
    // Those that stay are forgotten in the next round: not to be looked at for each that joins them.
    self.forgetsAbove = max(Self.idleFlows, 2 * self.idleCount)
  }
}
