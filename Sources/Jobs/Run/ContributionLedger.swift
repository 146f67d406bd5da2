import AuguryClient
import QueueCore
import Store

/// Who predicted the rows that are written, kept in step with the checkpoints: follows the machine's actions, so that
/// each row is counted once, for the worker whose answer stands in the output.
struct ContributionLedger {
  private struct Answer {
    let rows: UInt64
    let worker: String
    let version: String
  }

  private let start: JobContributions
  private var answers: [ChunkRequest: Answer] = [:]
  private var written: JobContributions
  /// Up to the checkpoint that is being made durable.
  private(set) var durable: JobContributions

  /// Goes on from those of a checkpoint.
  init(at start: JobContributions) {
    self.start = start
    self.written = start
    self.durable = start
  }

  /// A request was answered.
  mutating func answered(_ request: ChunkRequest, _ outcome: PartOutcome, by origin: Origin?) {
    guard let origin else { return }
    self.answers[request] = Answer(
      rows: UInt64(outcome.predictedRows), worker: origin.worker, version: origin.version)
  }

  /// The machine asks for this.
  mutating func follow(_ action: JobAction) {
    switch action {
    case .prepare(let checkpoint): self.goOn(from: checkpoint)
    case .discard(let request): self.answers[request] = nil
    case .write(let request):
      if let answer = self.answers.removeValue(forKey: request) {
        self.written.add(answer.rows, worker: answer.worker, version: answer.version)
      }
    case .sync, .recordFinalizing: self.durable = self.written
    case .checkpoint(let checkpoint): if checkpoint == .start { self.goOn(from: checkpoint) }
    default: break
    }
  }

  private mutating func goOn(from checkpoint: JobCheckpoint) {
    self.written = checkpoint == .start ? JobContributions() : self.start
    self.durable = self.written
  }
}
