import QueueCore

/// The broker's word on where the registered artifact is, awaited by the thread that loads it.
final class RegisteredArtifact: @unchecked Sendable {
  // Unchecked because the variable is only touched under the condition's lock.
  private let condition = Condition()
  private var artifact: Artifact?

  /// Gives the artifact to whoever waits. Only the first one counts.
  func put(_ artifact: Artifact) {
    self.condition.withLock {
      if self.artifact == nil { self.artifact = artifact }
      self.condition.broadcast()
    }
  }

  /// Waits until the broker has said where the artifact is. A worker that ends before that ends its process.
  func wait() -> Artifact {
    self.condition.withLock {
      while true {
        if let artifact = self.artifact { return artifact }
        self.condition.wait()
      }
    }
  }
}
