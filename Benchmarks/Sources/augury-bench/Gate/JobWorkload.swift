import QueueCore

/// The decisions of a batch job about its chunks: read, sent, answered, written, and a checkpoint for every 64 of them.
final class JobWorkload: GateWorkload {
  private static let rows: UInt32 = 256
  private static let bytes: UInt64 = 37_632

  let unitsPerPass = 64
  private var machine = JobMachine(limits: JobLimits(), checkpoint: .start, isFinalizing: false)
  private var actions: [JobAction] = []
  private var asked: [JobAction] = []
  private var now = Instant(nanoseconds: 1_000_000_000)
  private var chunksRead: UInt64 = 0
  private var written = 0
  private var passes = 0

  init() {
    self.step(.started)
    self.actions.removeAll()
    self.step(.prepared)
  }

  private func step(_ event: JobEvent) { self.machine.step(event, at: self.now, into: &self.actions) }

  func pass() throws -> UInt64 {
    self.passes += 1
    // A checkpoint is due after 200 ms.
    self.now = self.now.advanced(byMilliseconds: 200)
    self.step(.deadlinePassed)
    while self.written < self.passes * self.unitsPerPass {
      guard !self.actions.isEmpty else { throw BenchError("the job machine waits for nothing") }
      swap(&self.actions, &self.asked)
      for action in self.asked { try self.perform(action) }
      self.asked.removeAll(keepingCapacity: true)
    }
    return UInt64(self.written)
  }

  private func perform(_ action: JobAction) throws {
    switch action {
    case .read:
      self.chunksRead += 1
      self.step(
        .chunkRead(
          ChunkExtent(
            rows: Self.rows, payloadBytes: Self.bytes, endOffset: self.chunksRead * Self.bytes,
            endLine: self.chunksRead * UInt64(Self.rows))))
    case .send(let chunks):
      let outcome = PartOutcome(predictedRows: Self.rows, failedRows: 0, outputBytes: 41_728, errorBytes: 0)
      let times = RequestTimes(queueMicroseconds: 50, computeMicroseconds: 165)
      for chunk in chunks { self.step(.succeeded(chunk, outcome, times)) }
    case .write: self.written += 1
    case .sync: self.step(.synced)
    case .checkpoint: self.step(.checkpointed)
    case .release: break
    default: throw BenchError("the job machine asks for \(action)")
    }
  }
}
