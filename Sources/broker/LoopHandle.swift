import AuguryClient
import QueueCore
import ZeroMQ

/// The loop, as the services see it.
struct LoopHandle: Sendable {
  let mailbox: Mailbox<LoopCommand>

  func answer(_ call: ControlCall, _ result: Result<[UInt8], PredictionError>) {
    _ = self.mailbox.post(.answer(call, result))
  }

  func publish(topic: String, body: [UInt8]) {
    _ = self.mailbox.post(.publish(topic: topic, body: body))
  }

  /// A look at everything. Throws `UNAVAILABLE` once the loop has ended.
  func snapshot() async throws(PredictionError) -> ClusterSnapshot {
    let snapshot: ClusterSnapshot? = await withCheckedContinuation { continuation in
      if !self.mailbox.post(.snapshot { continuation.resume(returning: $0) }) { continuation.resume(returning: nil) }
    }
    guard let snapshot else {
      throw PredictionError(.unavailable, reason: "SHUTTING_DOWN", message: "the broker is stopping")
    }
    return snapshot
  }

  /// Puts a table of routes and aliases in force. Throws `FAILED_PRECONDITION` with what is wrong with it, and nothing
  /// has changed then, or `UNAVAILABLE` once the loop has ended.
  func setRoutes(_ table: RouteTable) async throws(PredictionError) {
    let outcome: Result<Void, PredictionError> = await withCheckedContinuation { continuation in
      let isPosted = self.mailbox.post(
        .setRoutes(table) { error in
          continuation.resume(returning: error.map { .failure(PredictionError($0)) } ?? .success(()))
        })
      if !isPosted {
        continuation.resume(
          returning: .failure(
            PredictionError(.unavailable, reason: "SHUTTING_DOWN", message: "the broker is stopping")))
      }
    }
    try outcome.get()
  }

  func drainWorker(named name: String) async -> Bool {
    await withCheckedContinuation { continuation in
      if !self.mailbox.post(.drainWorker(name: name) { continuation.resume(returning: $0) }) {
        continuation.resume(returning: false)
      }
    }
  }

  func drainVersion(model: String, version: String) async -> [String] {
    await withCheckedContinuation { continuation in
      if !self.mailbox.post(
        .drainVersion(model: model, version: version) { continuation.resume(returning: $0) })
      {
        continuation.resume(returning: [])
      }
    }
  }

  func observe(_ models: Set<String>) {
    _ = self.mailbox.post(.observe(models))
  }

  func setArtifact(_ artifact: Artifact?, model: String, version: String) {
    _ = self.mailbox.post(.setArtifact(model: model, version: version, artifact))
  }

  func shutDown(graceMilliseconds: UInt64) {
    _ = self.mailbox.post(.shutDown(graceMilliseconds: graceMilliseconds))
  }
}

extension PredictionError {
  /// A table of routes that the broker does not take.
  fileprivate init(_ error: RouteError) {
    self.init(.failedPrecondition, reason: "INVALID_ROUTES", message: error.description, cause: error)
  }
}
