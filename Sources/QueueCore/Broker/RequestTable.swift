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

  var generation: UInt64
  var state = State.free
  /// Whether it is a copy for a shadow version: no client waits for it.
  var isCopy = false
  /// Which copy of its group it is.
  var copyIndex: UInt8 = 0
  /// The group of a request with copies, and of each copy.
  var group = RequestTable.absent
  /// Whether a route chose its version.
  var isRouted = false
  /// The epoch of its model's route when it was taken on.
  var epoch: UInt32 = 0
  var client = PeerID(0)
  var request = RequestID(0)
  var version = VersionID(0)
  var requestClass = RequestClass.online
  /// Where it waits, among those of its class.
  var flow = RequestTable.absent
  var contentType = ContentType.octets
  var parts: UInt8 = 0
  /// Times it was handed out; the fence against late results.
  var attempt: UInt8 = 0
  /// Workers that died with it.
  var losses: UInt8 = 0
  var killers: InlineArray<3, SessionID> = [SessionID(0), SessionID(0), SessionID(0)]
  var payload = PayloadRef.none
  var payloadBytes = 0
  var arrival: UInt64 = 0
  var acceptedAt = Instant.zero
  var dispatchedAt = Instant.zero
  var deadline = Instant.distantFuture
  /// The worker that has it.
  var worker = RequestTable.absent
  var previousLease = RequestTable.absent
  var nextLease = RequestTable.absent
  var previousOfClient = RequestTable.absent
  var nextOfClient = RequestTable.absent
}

/// A request as its client knows it.
struct RequestKey: Hashable, BitwiseCopyable {
  var client: PeerID
  var request: RequestID

  func hash(into hasher: inout Hasher) {
    hasher.combine(self.client.rawValue &* 0x9E37_79B9_7F4A_7C15 ^ self.request.rawValue)
  }
}

/// A client with requests outstanding. Clients without any are not kept.
struct Client: BitwiseCopyable {
  var outstanding = 0
  var firstRequest = RequestTable.absent
}

/// All requests in the broker: slots that are reused, each use with a generation of its own.
struct RequestTable {
  static let absent: Int32 = -1

  private(set) var slots: [Request] = []
  private var free: [Int32] = []
  private var slotByKey: [RequestKey: Int32] = [:]
  private var clients: [PeerID: Client] = [:]
  /// Where each request stands in its version's queue.
  var queuePositions: [Int32] = []
  /// Requests by deadline.
  var deadlines = IndexedHeap()
  var deadlinePositions: [Int32] = []
  /// Bytes of payload held.
  private(set) var heldBytes = 0
  /// Requests whose clients wait for an answer.
  private(set) var outstanding = 0
  /// Slots of copies, those of abandoned ones among them.
  private(set) var copies = 0
  /// Slots in use but for copies, those of abandoned work among them.
  var occupied: Int { self.slots.count - self.free.count - self.copies }

  subscript(slot: Int) -> Request {
    _read { yield self.slots[slot] }
    _modify { yield &self.slots[slot] }
  }

  func work(_ slot: Int) -> WorkID { WorkID(slot: slot, generation: self.slots[slot].generation) }

  /// The slot that a worker's name for a request still means, if it does.
  func slot(of work: WorkID) -> Int? {
    guard work.slot < self.slots.count else { return nil }
    let request = self.slots[work.slot]
    guard request.state != .free, request.generation & 0xFF_FFFF_FFFF == work.generation else { return nil }
    return work.slot
  }

  func slot(client: PeerID, request: RequestID) -> Int? {
    self.slotByKey[RequestKey(client: client, request: request)].map(Int.init)
  }

  func outstanding(of client: PeerID) -> Int { self.clients[client]?.outstanding ?? 0 }

  var waitingClients: Set<PeerID> { Set(self.clients.keys) }

  func firstRequest(of client: PeerID) -> Int? {
    self.clients[client].map { Int($0.firstRequest) }
  }

  /// Takes a request in. Its state is the caller's to set.
  mutating func insert(
    _ submission: Submission, as resolution: Resolution, arrival: UInt64, at now: Instant
  ) -> Int {
    let slot = self.takeSlot()
    let generation = self.slots[slot].generation
    var client = self.clients[submission.client] ?? Client()
    var request = Request(generation: generation)
    request.client = submission.client
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
    request.nextOfClient = client.firstRequest
    if client.firstRequest != Self.absent { self.slots[Int(client.firstRequest)].previousOfClient = Int32(slot) }
    client.firstRequest = Int32(slot)
    client.outstanding += 1
    self.clients[submission.client] = client
    self.slotByKey[RequestKey(client: submission.client, request: submission.request)] = Int32(slot)
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
    let request = self.slots[slot]
    guard request.deadline != .distantFuture else { return }
    self.deadlines.insert(
      IndexedHeap.Element(major: request.deadline.nanoseconds, minor: request.arrival, slot: Int32(slot)),
      positions: &self.deadlinePositions)
  }

  mutating func clearDeadline(_ slot: Int) {
    guard self.deadlinePositions[slot] != IndexedHeap.absent else { return }
    self.deadlines.remove(slot: slot, positions: &self.deadlinePositions)
  }

  /// Bytes of payload are no longer held.
  mutating func letGo(bytes: Int) { self.heldBytes -= bytes }

  /// The client's side of a request ends: its name may be used again.
  mutating func detachFromClient(_ slot: Int) {
    let request = self.slots[slot]
    self.clearDeadline(slot)
    self.slotByKey[RequestKey(client: request.client, request: request.request)] = nil
    guard var client = self.clients[request.client] else {
      preconditionFailure("Cannot answer a client when it has nothing outstanding")
    }
    if request.previousOfClient == Self.absent {
      client.firstRequest = request.nextOfClient
    } else {
      self.slots[Int(request.previousOfClient)].nextOfClient = request.nextOfClient
    }
    if request.nextOfClient != Self.absent {
      self.slots[Int(request.nextOfClient)].previousOfClient = request.previousOfClient
    }
    client.outstanding -= 1
    self.clients[request.client] = client.outstanding > 0 ? client : nil
    self.outstanding -= 1
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
    self.deadlinePositions.append(IndexedHeap.absent)
    return self.slots.count - 1
  }
}
