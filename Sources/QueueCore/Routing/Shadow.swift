/// Why a copy for a shadow version was not made, or was given up before its end.
public enum ShadowDrop: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// The shadow version has no ready worker.
  case noWorker = 0
  /// As many requests of class shadow wait for it already as may.
  case queueFull = 1
  /// The broker holds nearly as many requests as it may.
  case requestLimit = 2
  /// The broker holds nearly as many bytes as it may.
  case memoryLimit = 3
  /// The request it was copied from ended without a worker's answer.
  case primaryEnded = 4
  /// Its bytes were needed for a request that somebody waits for.
  case madeRoom = 5

  /// The reason's name in metrics.
  public var name: String {
    switch self {
    case .noWorker: "no_worker"
    case .queueFull: "queue_full"
    case .requestLimit: "request_limit"
    case .memoryLimit: "memory_limit"
    case .primaryEnded: "primary_ended"
    case .madeRoom: "made_room"
    }
  }
}

/// How far shadow work may go before requests that somebody waits for come first.
public enum ShadowPolicy {
  /// Shadow requests that may wait for a version while copies for it are still made.
  public static let queue = 64
  /// How long a copy may take. Not the deadline of the request it was copied from: a slower version is to be measured,
  /// not cut off.
  public static let timeoutMilliseconds: UInt64 = 10_000
  /// The part of a limit, in percent, above which no copies are made.
  static let nearLimitPercent = 80

  static func isNear(_ value: Int, _ limit: Int) -> Bool {
    // In two parts, so that no limit is too great to be multiplied.
    value > limit / 100 * Self.nearLimitPercent + limit % 100 * Self.nearLimitPercent / 100
  }
}

/// Names a comparison within the broker's life: a request and one of its copies.
public struct ComparisonID: Hashable, Sendable, BitwiseCopyable {
  /// The request's number, as ``WorkerReply/number``.
  public var number: UInt64
  /// Which of its copies.
  public var copy: UInt8
}

/// How one side of a comparison ended.
public struct ShadowOutcome: Hashable, Sendable, BitwiseCopyable {
  /// Which of the two it is.
  public enum Side: UInt8, Hashable, Sendable, BitwiseCopyable {
    /// The request that a client waited for.
    case primary
    /// The copy.
    case shadow
  }

  /// The comparison that it is for.
  public var comparison: ComparisonID
  /// Which of the two it is.
  public var side: Side
  /// The version that served, or was to serve.
  public var version: VersionID
  /// The epoch of the model's route when the request was taken on.
  public var epoch: UInt32
  /// How it ended; for a copy that no worker answered, the code that a client would have been told.
  public var status: StatusCode
  /// How the payload is to be read.
  public var contentType: ContentType
  /// Microseconds from acceptance to the end.
  public var latencyMicroseconds: UInt64
  /// Microseconds of the engine call; 0 if no worker answered.
  public var computeMicroseconds: UInt32
}

/// Which version is to answer a request, and why.
struct Resolution: BitwiseCopyable {
  var version: VersionID
  /// The epoch of the model's route; 0 if it never had one.
  var epoch: UInt32
  /// Whether the route chose the version.
  var isRouted: Bool
}

/// A model's route, if it has one, and how often that has changed.
struct ModelRoute {
  var epoch: UInt32 = 0
  var active: ActiveRoute?
}

/// A request that was copied, and its copies: who still needs the payload, and which copies are under way.
struct ShadowGroup: BitwiseCopyable {
  var number: UInt64 = 0
  var payload = PayloadRef.none
  var payloadBytes = 0
  /// The request and copies that have not ended.
  var holders = 0
  var isPrimaryOpen = true
  /// Copies that were made.
  var count: UInt8 = 0
  /// The slots of those that have not ended.
  var open: InlineArray<4, Int32> = InlineArray(repeating: RequestTable.absent)

  func comparison(_ copy: Int) -> ComparisonID { ComparisonID(number: self.number, copy: UInt8(copy)) }
}

/// The groups, in slots that are used again.
struct ShadowGroups {
  private(set) var slots: [ShadowGroup] = []
  private var free: [Int32] = []

  subscript(slot: Int32) -> ShadowGroup {
    _read { yield self.slots[Int(slot)] }
    _modify { yield &self.slots[Int(slot)] }
  }

  mutating func insert(_ group: ShadowGroup) -> Int32 {
    if let slot = self.free.popLast() {
      self.slots[Int(slot)] = group
      return slot
    }
    self.slots.append(group)
    return Int32(self.slots.count - 1)
  }

  /// The group has no holders any more.
  mutating func remove(_ slot: Int32) {
    self.slots[Int(slot)] = ShadowGroup()
    self.free.append(slot)
  }
}
