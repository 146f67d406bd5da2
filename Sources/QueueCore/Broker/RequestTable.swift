import BasicContainers

/// A request in the broker.
struct Request: BitwiseCopyable {
  enum State: UInt8, BitwiseCopyable {
    /// The slot holds no request.
    case free
    /// Waits for a worker. → dispatched | free
    case queued
    /// A worker has it. → free | queued (its worker was lost) | abandoned
    case dispatched
    /// Its client has been answered, its worker has not finished. → free
    case abandoned
  }

  // The wide fields first, so that none lies in a gap: a request is moved and looked at a lot.
  var generation: UInt64
  var client = PeerID(0)
  var request = RequestID(0)
  var payload = PayloadRef.none
  var payloadBytes = 0
  var arrival: UInt64 = 0
  var acceptedAt = Instant.zero
  var deadline = Instant.distantFuture
  /// Microseconds that it waited until it was last handed out.
  var waitedMicroseconds: UInt32 = 0
  var version = VersionID(0)
  /// The epoch of its model's route when it was taken on.
  var epoch: UInt32 = 0
  /// Where its client stands among the clients.
  var clientSlot = RequestTable.absent
  /// The group of a request with copies, and of each copy.
  var group = RequestTable.absent
  /// Where it waits, among those of its class.
  var flow = RequestTable.absent
  /// The worker that has it.
  var worker = RequestTable.absent
  var previousLease = RequestTable.absent
  var nextLease = RequestTable.absent
  var previousOfClient = RequestTable.absent
  var nextOfClient = RequestTable.absent
  var killers: InlineArray<3, SessionID> = [SessionID(0), SessionID(0), SessionID(0)]
  var state = State.free
  /// Whether it is a copy for a shadow version: no client waits for it.
  var isCopy = false
  /// Which copy of its group it is.
  var copyIndex: UInt8 = 0
  /// Whether a route chose its version.
  var isRouted = false
  var requestClass = RequestClass.online
  var contentType = ContentType.octets
  var parts: UInt8 = 0
  /// Times it was handed out; the fence against late results.
  var attempt: UInt8 = 0
  /// Workers that died with it.
  var losses: UInt8 = 0

  /// What its client is told of a worker's result.
  func reply(to result: ResultHeader) -> WorkerReply {
    WorkerReply(
      request: self.request, session: result.session, status: result.status, contentType: result.contentType,
      attempts: self.attempt, parts: UInt8(clamping: result.parts),
      queueMicroseconds: UInt32(clamping: UInt64(self.waitedMicroseconds) + UInt64(result.queueMicroseconds)),
      computeMicroseconds: result.computeMicroseconds, epoch: self.epoch, number: self.arrival, input: self.payload,
      inputContentType: self.contentType)
  }
}

/// A client with requests outstanding. Clients without any are not kept.
struct Client: BitwiseCopyable {
  var peer = PeerID(0)
  var outstanding = 0
  var firstRequest = RequestTable.absent
}

/// All requests in the broker: slots that are reused, each use with a generation of its own.
struct RequestTable: ~Copyable {
  static let absent: Int32 = -1

  private var slots = UniqueArray<Request>()
  private var free = UniqueArray<Int32>()
  /// The slot of each request, by its client and the client's name for it.
  private var slotByKey: FlatTable
  private var clients = UniqueArray<Client>()
  private var freeClients = UniqueArray<Int32>()
  private var clientByPeer = FlatTable()
  /// Where each request stands in its version's queue.
  var queuePositions = UniqueArray<Int32>()
  /// Requests by deadline.
  private(set) var deadlines = DeadlineQueue()
  /// Bytes of payload held.
  private(set) var heldBytes = 0
  /// Requests whose clients wait for an answer.
  private(set) var outstanding = 0
  /// Slots of copies, those of abandoned ones among them.
  private(set) var copies = 0
  /// Slots in use but for copies, those of abandoned work among them.
  var occupied: Int { self.slots.count - self.free.count - self.copies }

  /// Makes an empty table. Clients choose the names of their requests, so they must not know the seed.
  init(seed: UInt64) {
    self.slotByKey = FlatTable(seed: seed)
  }

  subscript(slot: Int) -> Request {
    @inline(__always) _read { yield self.slots[slot] }
    @inline(__always) _modify { yield &self.slots[slot] }
  }

  // Inlined, as a borrowed structure of this size is moved before it is asked.

  @inline(__always)
  func work(_ slot: Int) -> WorkID { WorkID(slot: slot, generation: self.slots[slot].generation) }

  /// The slot that a worker's name for a request still means, if it does.
  @inline(__always)
  func slot(of work: WorkID) -> Int? {
    guard work.slot < self.slots.count else { return nil }
    let slot = work.slot
    guard self.slots[slot].state != .free, self.slots[slot].generation & 0xFF_FFFF_FFFF == work.generation
    else { return nil }
    return slot
  }

  @inline(__always)
  func slot(client: PeerID, request: RequestID) -> Int? { self.slotByKey[client.rawValue, request.rawValue] }

  @inline(__always)
  func outstanding(of client: PeerID) -> Int {
    self.clientByPeer[client.rawValue].map { self.clients[$0].outstanding } ?? 0
  }

  var waitingClients: Set<PeerID> {
    var waiting: Set<PeerID> = []
    for index in 0..<self.clients.count where self.clients[index].outstanding > 0 {
      waiting.insert(self.clients[index].peer)
    }
    return waiting
  }

  func firstRequest(of client: PeerID) -> Int? {
    self.clientByPeer[client.rawValue].map { Int(self.clients[$0].firstRequest) }
  }

  /// Takes a request in. Its state is the caller's to set.
  mutating func insert(
    _ submission: Submission, as resolution: Resolution, arrival: UInt64, at now: Instant
  ) -> Int {
    let slot = self.takeSlot()
    let generation = self.slots[slot].generation
    let clientSlot = self.clientSlot(of: submission.client)
    var request = Request(generation: generation)
    request.client = submission.client
    request.clientSlot = Int32(clientSlot)
    request.request = submission.request
    request.version = resolution.version
    request.isRouted = resolution.isRouted
    request.epoch = resolution.epoch
    request.requestClass = submission.requestClass
    request.contentType = submission.contentType
    request.parts = submission.parts
    request.payload = submission.payload
    request.payloadBytes = submission.payloadBytes
    request.arrival = arrival
    request.acceptedAt = now
    if submission.timeoutMicroseconds >= 0 {
      request.deadline = now.advanced(byMicroseconds: UInt64(submission.timeoutMicroseconds))
    }
    let first = self.clients[clientSlot].firstRequest
    request.nextOfClient = first
    if first != Self.absent { self.slots[Int(first)].previousOfClient = Int32(slot) }
    self.clients[clientSlot].firstRequest = Int32(slot)
    self.clients[clientSlot].outstanding += 1
    self.slotByKey[submission.client.rawValue, submission.request.rawValue] = slot
    self.slots[slot] = request
    self.heldBytes += submission.payloadBytes
    self.outstanding += 1
    self.setDeadline(slot)
    return slot
  }

  /// Makes a copy of a request for another version. It shares the payload, whose bytes are counted once.
  mutating func insertCopy(
    of primary: Int, for version: VersionID, index: UInt8, deadline: Instant, arrival: UInt64, at now: Instant
  ) -> Int {
    let slot = self.takeSlot()
    let original = self.slots[primary]
    var request = Request(generation: self.slots[slot].generation)
    request.isCopy = true
    // Copies share the turns of one client, who is nobody.
    request.client = PeerID(.max)
    request.copyIndex = index
    request.group = original.group
    request.epoch = original.epoch
    request.version = version
    request.requestClass = .shadow
    request.contentType = original.contentType
    request.parts = original.parts
    request.payload = original.payload
    request.payloadBytes = original.payloadBytes
    request.arrival = arrival
    request.acceptedAt = now
    request.deadline = deadline
    self.slots[slot] = request
    self.copies += 1
    self.setDeadline(slot)
    return slot
  }

  private mutating func setDeadline(_ slot: Int) {
    let deadline = self.slots[slot].deadline
    guard deadline != .distantFuture else { return }
    self.deadlines.insert(
      IndexedHeap.Element(
        major: deadline.nanoseconds, minor: self.slots[slot].arrival, slot: Int32(truncatingIfNeeded: slot)))
  }

  mutating func clearDeadline(_ slot: Int) {
    if self.deadlines.contains(slot) { self.deadlines.remove(slot) }
  }

  /// Bytes of payload are no longer held.
  mutating func letGo(bytes: Int) { self.heldBytes -= bytes }

  /// The client's side of a request ends: its name may be used again.
  mutating func detachFromClient(_ slot: Int) {
    self.clearDeadline(slot)
    let client = self.slots[slot].client
    let clientSlot = Int(self.slots[slot].clientSlot)
    let previous = self.slots[slot].previousOfClient
    let next = self.slots[slot].nextOfClient
    self.slotByKey[client.rawValue, self.slots[slot].request.rawValue] = nil
    precondition(self.clients[clientSlot].outstanding > 0, "a client that is answered has something outstanding")
    if previous == Self.absent {
      self.clients[clientSlot].firstRequest = next
    } else {
      self.slots[Int(previous)].nextOfClient = next
    }
    if next != Self.absent { self.slots[Int(next)].previousOfClient = previous }
    self.clients[clientSlot].outstanding -= 1
    if self.clients[clientSlot].outstanding == 0 {
      self.clientByPeer[client.rawValue] = nil
      self.freeClients.append(Int32(clientSlot))
    }
    self.outstanding -= 1
  }

  /// Where a client stands, which gets a place if it has none.
  private mutating func clientSlot(of peer: PeerID) -> Int {
    if let known = self.clientByPeer[peer.rawValue] { return known }
    let slot: Int
    if let free = self.freeClients.popLast() {
      slot = Int(free)
      self.clients[slot] = Client(peer: peer)
    } else {
      slot = self.clients.count
      self.clients.append(Client(peer: peer))
    }
    self.clientByPeer[peer.rawValue] = slot
    return slot
  }

  /// The slot may be used again, under a new generation.
  mutating func release(_ slot: Int) {
    precondition(self.slots[slot].state != .free, "a slot is released once")
    if self.slots[slot].isCopy { self.copies -= 1 }
    self.slots[slot].isCopy = false
    self.slots[slot].state = .free
    self.slots[slot].generation &+= 1
    self.free.append(Int32(slot))
  }

  private mutating func takeSlot() -> Int {
    if let slot = self.free.popLast() { return Int(slot) }
    precondition(self.slots.count < WorkID.maximumSlots, "admission keeps the table below what a work id can name")
    self.slots.append(Request(generation: 1))
    self.queuePositions.append(IndexedHeap.absent)
    return self.slots.count - 1
  }
}
