import ArgumentParser
import AuguryClient

/// Looks at a job again and again until it has ended, and shows what it sees.
struct JobWatch {
  /// How long a broker that does not answer is waited for.
  static let patience = Duration.seconds(30)

  let client: AuguryClient
  let isJSON: Bool

  /// Watches to the end. Throws the exit code that the end stands for, if that is not success, and ``PredictionError``
  /// if there is no such job, or no broker: for too long where one has answered before, at once where none has.
  func run(_ id: String, hasAnswered: Bool = false) async throws {
    var display = JobDisplay(self.isJSON ? .json : Terminal.isInteractive ? .bar : .lines)
    let start = ContinuousClock.now
    var lastAnswer = hasAnswered ? start : nil
    var isWaiting = false
    while true {
      switch await self.look(at: id) {
      case .success(let job):
        lastAnswer = .now
        isWaiting = false
        if let text = try display.show(job, at: .now - start, columns: Terminal.columns) { Terminal.write(text) }
        if job.state.isFinal { return try Self.conclude(job) }
      case .failure(let error):
        if let text = display.interrupt() { Terminal.write(text) }
        guard Self.mayPass(error), let lastAnswer, .now - lastAnswer < Self.patience else { throw error }
        if !isWaiting { Terminal.complain("\(OneLine.text(of: error)); waiting for the broker") }
        isWaiting = true
      }
      try await Task.sleep(for: .milliseconds(self.isJSON ? 100 : 200))
    }
  }

  private func look(at id: String) async -> Result<Job, PredictionError> {
    do throws(PredictionError) {
      return .success(try await self.client.job(id))
    } catch {
      return .failure(error)
    }
  }

  /// Whether it is the broker's absence rather than its answer.
  private static func mayPass(_ error: PredictionError) -> Bool {
    CommandStatus(error) == .unavailable
  }

  private static func conclude(_ job: Job) throws {
    let status = Self.status(of: job)
    if let message = job.message, status != .success {
      Terminal.complain("job \(OneLine.text(job.id)) \(job.state.rawValue): \(OneLine.text(message))")
    }
    if status != .success { throw status.exitCode }
  }

  /// What a job's end means for the one who waited for it.
  static func status(of job: Job) -> CommandStatus {
    job.state == .succeeded && job.rowsFailed == 0 ? .success : .partial
  }
}
