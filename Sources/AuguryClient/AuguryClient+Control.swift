import QueueCore
import ZeroMQ

// Questions and orders to the broker itself.

extension AuguryClient {
  /// The state of the broker and of every model version.
  ///
  /// Throws ``PredictionError``.
  public func status() async throws(PredictionError) -> ClusterStatus {
    try await self.control(ControlMethod.status, NoArguments())
  }

  /// Every worker, with the figures of its last heartbeat.
  ///
  /// Throws ``PredictionError``.
  public func workers() async throws(PredictionError) -> [WorkerStatus] {
    let list: WorkerList = try await self.control(ControlMethod.workers, NoArguments())
    return list.workers
  }

  /// Makes a batch job and returns it as it stands, not yet begun. With an idempotency key that is known already it is
  /// the job of that key.
  ///
  /// Throws ``PredictionError``: `INVALID_ARGUMENT` for a path, size or option that is wrong, `NOT_FOUND` for a model
  /// or version that nobody knows, `ALREADY_EXISTS` if the output is there and may not be replaced.
  public func submit(_ job: JobSubmission) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.submitJob, job)
  }

  /// The batch jobs that fit, the latest last; without a filter, every one that is remembered.
  ///
  /// Throws ``PredictionError``.
  public func jobs(matching filter: JobFilter = JobFilter()) async throws(PredictionError) -> [Job] {
    let list: JobList = try await self.control(ControlMethod.listJobs, filter)
    return list.jobs
  }

  /// One batch job as it stands.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is no such job.
  public func job(_ id: String) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.showJob, JobReference(id: id))
  }

  /// Lets a batch job rest until ``resumeJob(_:)``, and returns it as it then stands: what it has written is on disk.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it has ended.
  public func pauseJob(_ id: String) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.pauseJob, JobReference(id: id))
  }

  /// Lets a paused batch job go on where it stopped, and returns it as it then stands.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it has ended.
  public func resumeJob(_ id: String) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.resumeJob, JobReference(id: id))
  }

  /// Gives a batch job up and returns it as it then stands. What it has written stays in its `.partial` files.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it is too late.
  public func cancelJob(_ id: String) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.cancelJob, JobReference(id: id))
  }

  /// Forgets a batch job that has ended and returns it as it last stood. Its files stay.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it has not ended.
  public func deleteJob(_ id: String) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.deleteJob, JobReference(id: id))
  }

  /// Makes a batch job that predicts the failed rows of one that has succeeded again and puts those that succeed in
  /// their places in its output, all at once at its end. Returns the new job, not yet begun.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it has not succeeded or
  /// no row of it failed.
  public func retryFailedRows(of id: String) async throws(PredictionError) -> Job {
    try await self.control(ControlMethod.retryJob, JobReference(id: id))
  }

  /// Calls a method of the broker by name, for methods this library does not know.
  ///
  /// - Parameters:
  ///   - method: The method, for example `status`.
  ///   - body: Its arguments, a JSON object.
  ///   - timeout: The time to wait; nil takes ``Options/controlTimeout``.
  /// - Returns: The answer, a JSON object.
  /// - Throws: ``PredictionError``, `UNIMPLEMENTED` if the broker does not know the method.
  public func control(
    _ method: String, _ body: [UInt8], timeout: Duration? = nil
  ) async throws(PredictionError) -> [UInt8] {
    let frame: Frame
    do throws(ZMQError) {
      frame = try Frame(copying: body.span.bytes)
    } catch {
      throw PredictionError(error, endpoint: self.broker)
    }
    let reply = try await self.perform(
      OutgoingCall(
        subject: .control(method: method),
        timeoutMicroseconds: Self.wireTimeout(timeout ?? self.options.controlTimeout), parts: [frame]))
    guard reply.parts.count == 1, reply.contentType == .json else {
      throw PredictionError(
        .internal, reason: "MALFORMED_REPLY",
        message: "the broker answered \(method) with \(reply.parts.count) parts of \(reply.contentType.mediaType), "
          + "expected one of \(ContentType.json.mediaType)")
    }
    return reply.parts[0].withUnsafeBytes { [UInt8]($0) }
  }

  /// Calls a method of the broker with a body and an answer of these types.
  ///
  /// Throws ``PredictionError``, `INTERNAL` if the answer is not of the type.
  public func control<Body: Encodable, Answer: Decodable>(
    _ method: String, _ body: Body, timeout: Duration? = nil
  ) async throws(PredictionError) -> Answer {
    let answer = try await self.control(method, try ControlCoding.encode(body), timeout: timeout)
    return try ControlCoding.decode(Answer.self, from: answer, otherwise: .internal)
  }
}
