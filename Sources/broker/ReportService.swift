import AuguryClient
import FoundationEssentials
import Logging
import QueueCore
import ServiceLifecycle
import Store

/// Takes what the loop reports: answers calls, logs and publishes events, records versions.
struct ReportService: Service {
  let reports: AsyncStream<LoopReport>
  let control: ControlService
  let store: any MetadataStore
  let logger: Logger

  func run() async throws {
    var recent = RecentVersions()
    await withDiscardingTaskGroup { group in
      for await report in self.reports {
        switch report {
        case .call(let call):
          group.addTask { await self.control.answer(call) }
        case .event(let event):
          self.tell(event)
        case .workerRejected(let rejection):
          self.tell(rejection)
        case .versionReady(let model, let version, let digest, let signature):
          let now = Date().timeIntervalSince1970
          let record = ModelVersionRecord(
            model: model, version: version, digest: digest.isEmpty ? nil : ClusterSnapshot.hex(digest),
            signature: String(decoding: signature, as: UTF8.self), firstSeenAt: now, lastSeenAt: now)
          if !recent.covers(record), await self.isRecorded(record) { recent.add(record) }
        case .shadow(let pair):
          group.addTask { await self.control.comparisons.take(pair) }
        }
      }
    }
    // The loop's end comes before this service's turn to stop; to return earlier would count as a failure.
    try? await gracefulShutdown()
  }

  /// Puts a record into the store. False, and logged, if that failed.
  private func isRecorded(_ record: ModelVersionRecord) async -> Bool {
    do {
      try await self.store.recordVersion(record)
      return true
    } catch {
      self.logger.error(
        "cannot record a version",
        metadata: ["model": "\(record.model)", "version": "\(record.version)", "error": "\(error)"])
      return false
    }
  }

  private func tell(_ rejection: WorkerRejection) {
    self.logger.error("\(rejection.message)")
    let body = RejectionBody(
      event: "worker.rejected", model: rejection.model, version: rejection.version, worker: rejection.worker,
      digest: ClusterSnapshot.hex(rejection.digest), registeredDigest: ClusterSnapshot.hex(rejection.registered))
    guard let bytes = try? ControlCoding.encode(body) else { return }
    self.control.loop.publish(topic: body.event, body: bytes)
  }

  private func tell(_ event: ClusterEvent) {
    let form = event.form
    var metadata: Logger.Metadata = ["model": "\(event.model)", "version": "\(event.version)"]
    if let worker = event.worker { metadata["worker"] = "\(worker)" }
    if let requeued = form.requeued { metadata["requeued"] = "\(requeued)" }
    self.logger.log(level: form.level, form.message, metadata: metadata)
    let body = EventBody(
      event: form.topic, model: event.model, version: event.version, worker: event.worker, requeued: form.requeued)
    guard let bytes = try? ControlCoding.encode(body) else { return }
    self.control.loop.publish(topic: form.topic, body: bytes)
  }
}

/// An event as subscribers get it: a topic part, then this as JSON.
struct EventBody: Codable, Sendable {
  var event: String
  var model: String
  var version: String
  var worker: String?
  var requeued: Int?
}

/// The event of a worker that does not serve the registered artifact.
struct RejectionBody: Codable, Sendable {
  var event: String
  var model: String
  var version: String
  var worker: String
  /// SHA-256 in hexadecimal digits; empty if it serves no artifact.
  var digest: String
  var registeredDigest: String

  enum CodingKeys: String, CodingKey {
    case event
    case model
    case version
    case worker
    case digest
    case registeredDigest = "registered_digest"
  }
}

extension ClusterEvent {
  /// How an event is told.
  struct Form {
    var topic: String
    var level: Logger.Level
    var message: Logger.Message
    var requeued: Int?
  }

  var form: Form {
    switch self.note {
    case .joined: Form(topic: "worker.joined", level: .info, message: "worker joined")
    case .ready: Form(topic: "worker.ready", level: .info, message: "worker is ready")
    case .suspect: Form(topic: "worker.suspect", level: .warning, message: "worker missed a heartbeat")
    case .recovered: Form(topic: "worker.recovered", level: .info, message: "worker is heard of again")
    case .draining: Form(topic: "worker.draining", level: .info, message: "worker is draining")
    case .left: Form(topic: "worker.left", level: .info, message: "worker left")
    case .stuck:
      Form(topic: "worker.stuck", level: .error, message: "worker does not get on with batch work and is dismissed")
    case .lost(_, let requeued):
      Form(topic: "worker.lost", level: .warning, message: "worker is lost", requeued: Int(requeued))
    case .poisoned:
      Form(topic: "request.poisoned", level: .warning, message: "request refused after its workers died")
    }
  }
}
