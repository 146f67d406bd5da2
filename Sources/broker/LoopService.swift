import Logging
import QueueCore
import ServiceLifecycle
import ZeroMQ

/// The loop as a service: its thread runs until the service is told to stop, then drains.
struct LoopService: Service {
  let thread: LoopThread<Void>
  let loop: LoopHandle
  let drainGraceMilliseconds: UInt64
  /// Says that the broker is there. Called once signals are heeded, so that whoever waits for it may end it at once.
  let started: @Sendable () throws -> Void
  /// Ends the stream of reports once the loop is gone.
  let ended: @Sendable () -> Void
  let logger: Logger

  func run() async throws {
    defer { self.ended() }
    try self.started()
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await self.thread.value
    } onCancelOrGracefulShutdown: {
      self.logger.info("draining", metadata: ["grace_ms": "\(self.drainGraceMilliseconds)"])
      self.loop.shutDown(graceMilliseconds: self.drainGraceMilliseconds)
    }
    self.logger.info("drained")
  }
}
