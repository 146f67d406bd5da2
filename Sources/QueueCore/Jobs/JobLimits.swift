/// How much a job takes on at once and how often it makes its work durable. None of it shows in the job's output.
public struct JobLimits: Hashable, Sendable {
  /// Requests on the way, at least.
  public var minimumWindow = 2
  /// Requests on the way, at most.
  public var maximumWindow = 64
  /// Chunks of one request, at most: a reply has two message parts for each.
  public var requestChunks = Prefix.maximumLinesParts
  /// Rows of a request that has more than one chunk, at most.
  public var requestRows = 4096
  /// Bytes of a request that has more than one chunk, at most.
  public var requestBytes: UInt64 = 1 << 20
  /// Chunks that are read and not yet written.
  public var openChunks = 256
  /// Bytes of input and answers held for them; one chunk is always allowed.
  public var heldBytes: UInt64 = 32 << 20
  /// Bytes written after which they are forced to disk.
  public var syncBytes: UInt64 = 32 << 20
  /// Time after which what is written is forced to disk.
  public var syncMilliseconds: UInt64 = 200
  /// The first wait before a request is tried again; it doubles each time.
  public var firstRetryMilliseconds: UInt64 = 50
  /// The longest wait before a request is tried again.
  public var lastRetryMilliseconds: UInt64 = 5000

  /// The defaults.
  public init() {}

  func retryMilliseconds(afterFailures failures: Int) -> UInt64 {
    let doublings = min(max(failures - 1, 0), 20)
    return min(self.firstRetryMilliseconds << UInt64(doublings), self.lastRetryMilliseconds)
  }
}
