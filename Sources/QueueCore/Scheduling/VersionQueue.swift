import BasicContainers

/// What waits for one version, and who can take it.
///
/// Within a class clients take turns, see ``FairQueue``. A request that lost its worker keeps its arrival number and so
/// stands before what its client asked for later.
struct VersionQueue: ~Copyable {
  // On the heap, so that the rest of the structure is small: reads of one field may move all of it.

  /// Waiting requests, class by class.
  private var waiting = UniqueArray<FairQueue>(minimumCapacity: 4)
  /// Lane by lane.
  private var shares: InlineArray<2, ShareCounter> = [ShareCounter(), ShareCounter()]
  /// Workers with credit left, a list a lane.
  var open = UniqueArray<LevelList>(minimumCapacity: 2)
  /// How fast results come, lane by lane: a chunk of a batch job says nothing about online requests.
  private(set) var rates = UniqueArray<ServiceRate>(repeating: ServiceRate(), count: 2)
  /// Members, whatever their state but draining.
  var members = 0
  /// Members that are ready and not draining.
  var ready = 0
  /// Ready members that grant bulk credit.
  var bulkReady = 0
  /// Requests with workers, lane by lane.
  var atWorkers: InlineArray<2, Int> = [0, 0]
  /// Requests with workers.
  var dispatched: Int { self.atWorkers[0] + self.atWorkers[1] }
  /// Waiting copies for a shadow version: no limit counts them.
  var waitingCopies = 0
  /// Since when there has been no such member; nil while there is one.
  var absentSince: Instant?
  /// Whether something changed since the last look that may allow a dispatch.
  var isDirty = false

  /// A queue that nobody serves yet.
  init(absentSince: Instant? = .zero) {
    self.absentSince = absentSince
    for _ in RequestClass.allCases { self.waiting.append(FairQueue()) }
    for _ in Lane.allCases { self.open.append(LevelList()) }
  }

  @inline(__always)
  func waiting(_ requestClass: RequestClass) -> Int { self.waiting[Int(requestClass.rawValue)].count }

  /// How many go before a request of this client that comes now with this deadline, counted to `limit`.
  func waiting(_ requestClass: RequestClass, before deadline: Instant, of client: PeerID, upTo limit: Int) -> Int {
    self.waiting[Int(requestClass.rawValue)].count(before: deadline, of: client, upTo: limit)
  }

  /// How many of a client's requests wait, whatever their class.
  func waiting(of client: PeerID) -> Int {
    self.waiting[0].count(of: client) + self.waiting[1].count(of: client) + self.waiting[2].count(of: client)
      + self.waiting[3].count(of: client)
  }

  var waitingInAll: Int {
    @inline(__always) get {
      self.waiting[0].count + self.waiting[1].count + self.waiting[2].count + self.waiting[3].count
    }
  }

  /// Those of them that clients wait for.
  var waitingForClients: Int { self.waitingInAll - self.waitingCopies }

  /// The worker that is to get the next request of a lane.
  @inline(__always)
  func firstOpen(_ lane: Lane) -> Int? { self.open[lane.index].first }

  /// Puts a request in, and says which flow of its class it is in, for its removal.
  mutating func enqueue(
    _ slot: Int, requestClass: RequestClass, client: PeerID, deadline: Instant, arrival: UInt64,
    positions: inout UniqueArray<Int32>
  ) -> Int32 {
    self.waiting[Int(requestClass.rawValue)].insert(
      slot, client: client, deadline: deadline, arrival: arrival, positions: &positions)
  }

  mutating func remove(_ slot: Int, requestClass: RequestClass, flow: Int32, positions: inout UniqueArray<Int32>) {
    self.waiting[Int(requestClass.rawValue)].remove(slot, flow: flow, positions: &positions)
  }

  /// The request that ``popFirst`` would take.
  func next(_ lane: Lane) -> Int? {
    let upper = lane.index * 2
    var share = self.shares[lane.index]
    let picksLower = share.picksLower(
      upperWaits: !self.waiting[upper].isEmpty, lowerWaits: !self.waiting[upper + 1].isEmpty)
    return self.waiting[picksLower ? upper + 1 : upper].first
  }

  /// Takes the next request of a lane out of the queue.
  mutating func popFirst(_ lane: Lane, positions: inout UniqueArray<Int32>) -> Int? {
    let upper = lane.index * 2
    let picksLower = self.shares[lane.index].picksLower(
      upperWaits: !self.waiting[upper].isEmpty, lowerWaits: !self.waiting[upper + 1].isEmpty)
    let picked = picksLower ? upper + 1 : upper
    guard !self.waiting[picked].isEmpty else { return nil }
    return self.waiting[picked].removeFirst(positions: &positions)
  }

  /// A waiting request, of the highest class that has one.
  var firstWaiting: Int? { self.firstWaiting(.interactive) ?? self.firstWaiting(.bulk) }

  /// A waiting request of this lane, of the higher class that has one.
  func firstWaiting(_ lane: Lane) -> Int? {
    let upper = lane.index * 2
    return self.waiting[upper].first ?? self.waiting[upper + 1].first
  }

  /// Whether workers are ready, but none of them takes batch work.
  var refusesBulk: Bool { self.ready > 0 && self.bulkReady == 0 }

  /// A worker has answered, and its lease has ended.
  mutating func resultReceived(_ lane: Lane, at now: Instant) {
    let isBacklogged = self.hasWaiting(lane)
    self.rates[lane.index].resultReceived(
      backlogged: isBacklogged, busy: self.atWorkers[lane.index] > 0, at: now)
  }

  @inline(__always)
  func hasWaiting(_ lane: Lane) -> Bool {
    !self.waiting[lane.index * 2].isEmpty || !self.waiting[lane.index * 2 + 1].isEmpty
  }
}
