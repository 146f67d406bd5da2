import QueueCore
import ZeroMQ

/// A request in the worker: what the broker sent, and what has become of it so far.
///
/// Held by one thread at a time; the queue's lock hands it on.
final class ComputeJob: @unchecked Sendable {
  /// The broker's order.
  let work: WorkerSession.Work
  /// The request's content.
  let parts: [Frame]
  /// What was found in the content, once a compute thread has looked.
  var request: ParsedRequest?

  init(work: WorkerSession.Work, parts: [Frame]) {
    self.work = work
    self.parts = parts
  }

  /// The request as the batching policy sees it.
  var waiting: BatchPolicy.Waiting {
    BatchPolicy.Waiting(
      rows: self.request?.rows ?? 1, receivedAt: self.work.receivedAt, deadline: self.work.deadline)
  }

  /// Whether somebody may have died of it: then it is run alone.
  var isRetry: Bool { self.work.ticket.attempt > 1 }

  /// Whether its deadline has passed.
  var isExpired: Bool { self.work.deadline <= Instant(nanoseconds: MonotonicClock.nanoseconds) }

  /// Microseconds since the request came.
  var queueMicroseconds: UInt32 {
    UInt32(clamping: Instant(nanoseconds: MonotonicClock.nanoseconds).microseconds(since: self.work.receivedAt))
  }
}

extension ComputeJob {
  /// What is wrong with the number of parts of a request of JSON Lines; nil if nothing is.
  var faultOfLinesParts: Fault? {
    let limit = Prefix.maximumLinesParts
    guard !(1...limit).contains(self.parts.count) else { return nil }
    return .wrongParts(self.parts.count, expected: "1 to \(limit), lines in each")
  }
}

/// What came of a request: goes back to the thread that leads.
struct ComputeResult: Sendable {
  /// The broker's name for it, its status and times.
  var outcome: WorkerSession.Outcome
  /// The reply's content, or one ``ErrorDetail`` part.
  var parts: [Frame]
  /// Further parts of the content.
  var rawRows: RawRows?
  /// Rows predicted.
  var rows: Int
  /// Rows of a JSON Lines request that could not be predicted, by status.
  var rowErrors: [StatusCode: Int] = [:]
}

extension ComputeJob {
  /// The prediction, in the form of the request.
  func success(
    _ parts: [Frame], followedBy rawRows: RawRows? = nil, rows: Int, _ times: WorkTimes
  ) -> ComputeResult {
    let outcome = WorkerSession.Outcome(
      ticket: self.work.ticket, status: .ok, contentType: self.work.contentType,
      parts: parts.count + (rawRows?.outputs.count ?? 0), queueMicroseconds: times.queued,
      computeMicroseconds: times.computed)
    return ComputeResult(outcome: outcome, parts: parts, rawRows: rawRows, rows: rows)
  }

  /// There is no prediction, and why.
  func failure(_ fault: Fault, _ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    try ComputeResult.failure(self.work.ticket, fault, times)
  }
}

extension ComputeResult {
  /// There is no prediction, and why.
  static func failure(
    _ ticket: WorkerSession.Ticket, _ fault: Fault, _ times: WorkTimes
  ) throws(ZMQError) -> ComputeResult {
    let detail = ErrorDetail(reason: fault.reason, message: fault.message)
    let outcome = WorkerSession.Outcome(
      ticket: ticket, status: fault.status, contentType: .octets, parts: 1, queueMicroseconds: times.queued,
      computeMicroseconds: times.computed)
    return ComputeResult(outcome: outcome, parts: [try Frame(copying: detail.encoded.span.bytes)], rows: 0)
  }
}

/// One run of the engine, for the figures.
struct EngineCall: Sendable {
  /// How long it took.
  var microseconds: UInt64
}
