import AuguryClient
import Jobs
import QueueCore
import ZeroMQ

/// Answers the calls that clients make to the broker itself. Lives beside the loop and meets it at the mailbox.
struct ControlService: Sendable {
  let loop: LoopHandle
  let jobs: JobService
  let versions: VersionsControl
  let hooks: JobHooks
  let comparisons: ShadowComparisons
  let facts: BrokerFacts

  /// Answers one call.
  func answer(_ call: ControlCall) async {
    let result: Result<[UInt8], PredictionError>
    do throws(PredictionError) {
      result = .success(try await self.perform(call))
    } catch {
      result = .failure(error)
    }
    self.loop.answer(call, result)
  }

  private func status() async throws(PredictionError) -> ClusterStatus {
    var status = try await self.loop.snapshot().status(of: self.facts)
    await self.comparisons.complete(&status)
    return status
  }

  private func perform(_ call: ControlCall) async throws(PredictionError) -> [UInt8] {
    switch call.method {
    case ControlMethod.status:
      return try ControlCoding.encode(await self.status())
    case ControlMethod.workers:
      return try ControlCoding.encode(await self.loop.snapshot().workerList)
    case ControlMethod.drainWorker:
      let reference = try ControlCoding.decode(WorkerReference.self, from: call.body)
      guard await self.loop.drainWorker(named: reference.name) else {
        throw PredictionError(.notFound, reason: "UNKNOWN_WORKER", message: "no worker \"\(reference.name)\"")
      }
      return try ControlCoding.encode(reference)
    case ControlMethod.drainVersion:
      let reference = try ControlCoding.decode(ModelVersionReference.self, from: call.body)
      let names = await self.loop.drainVersion(model: reference.model, version: reference.version)
      guard !names.isEmpty else {
        throw PredictionError(
          .notFound, reason: "UNKNOWN_WORKER", message: "no worker serves \(reference.model)@\(reference.version)")
      }
      return try ControlCoding.encode(DrainedWorkers(names: names))
    case ControlMethod.submitJob:
      let submission = try ControlCoding.decode(JobSubmission.self, from: call.body)
      if let url = submission.notifyURL { try self.hooks.checkNotifyURL(url) }
      return try ControlCoding.encode(try await self.jobs.submit(submission))
    case ControlMethod.listJobs:
      let filter = try ControlCoding.decode(JobFilter.self, from: call.body)
      return try ControlCoding.encode(JobList(jobs: try await self.jobs.list(filter)))
    default:
      if let answer = try await self.versions.answer(call) { return answer }
      if let answer = try await self.performOnJob(call) { return answer }
      throw PredictionError(
        .unimplemented, reason: "UNKNOWN_METHOD", message: "the broker has no method \"\(call.method)\"")
    }
  }

  /// Answers a call about one job; nil if it is none.
  private func performOnJob(_ call: ControlCall) async throws(PredictionError) -> [UInt8]? {
    let methods: [String: (String) async throws(PredictionError) -> Job] = [
      ControlMethod.showJob: self.jobs.show, ControlMethod.cancelJob: self.jobs.cancel,
      ControlMethod.pauseJob: self.jobs.pause, ControlMethod.resumeJob: self.jobs.resume,
      ControlMethod.deleteJob: self.jobs.delete, ControlMethod.retryJob: self.jobs.retryFailed,
    ]
    guard let method = methods[call.method] else { return nil }
    let reference = try ControlCoding.decode(JobReference.self, from: call.body)
    return try ControlCoding.encode(try await method(reference.id))
  }
}
