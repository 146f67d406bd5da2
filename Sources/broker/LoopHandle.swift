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

  func drainWorker(named name: String) async -> Bool {
    await withCheckedContinuation { continuation in
      if !self.mailbox.post(.drainWorker(name: name) { continuation.resume(returning: $0) }) {
        continuation.resume(returning: false)
      }
    }
  }

  func setArtifact(_ artifact: Artifact?, model: String, version: String) {
    _ = self.mailbox.post(.setArtifact(model: model, version: version, artifact))
  }

  func shutDown(graceMilliseconds: UInt64) {
    _ = self.mailbox.post(.shutDown(graceMilliseconds: graceMilliseconds))
  }
}
