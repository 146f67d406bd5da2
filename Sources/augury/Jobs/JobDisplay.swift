import AuguryClient

/// Turns looks at a job into what is to be written: a bar that is written over, lines, or JSON.
struct JobDisplay {
  enum Style {
    /// One line of a terminal, written over at each look.
    case bar
    /// A line at each change: of the state or what the job says of itself at once, of its share once a second.
    case lines
    /// A JSON object whenever anything has changed.
    case json
  }

  private static let lineInterval = Duration.seconds(1)

  private let style: Style
  private var last: Job?
  private var lastLine: Job?
  private var lastLineAt: Duration?
  private var isBarOpen = false

  init(_ style: Style) {
    self.style = style
  }

  /// What to write for this look, some time after the first; nil for nothing.
  mutating func show(_ job: Job, at time: Duration, columns: Int) throws -> String? {
    defer { self.last = job }
    switch self.style {
    case .bar:
      self.isBarOpen = !job.state.isFinal
      // One column is left free: a full line makes some terminals go on to the next.
      return "\r\(JobText.bar(for: job, columns: columns - 1))\u{1B}[K\(job.state.isFinal ? "\n" : "")"
    case .lines:
      guard self.isWorthALine(job, at: time) else { return nil }
      self.lastLineAt = time
      self.lastLine = job
      return "\(JobText.line(for: job))\n"
    case .json:
      guard job != self.last else { return nil }
      return String(decoding: try JSONOutput.bytes(job), as: UTF8.self) + "\n"
    }
  }

  private func isWorthALine(_ job: Job, at time: Duration) -> Bool {
    guard let last = self.lastLine, let lastAt = self.lastLineAt else { return true }
    if job.state != last.state || job.message != last.message || job.isLate != last.isLate { return true }
    let hasAdvanced =
      Units.percent(JobText.fraction(of: job)) != Units.percent(JobText.fraction(of: last))
      || job.rowsFailed > 0 && last.rowsFailed == 0
    return hasAdvanced && time - lastAt >= Self.lineInterval
  }

  /// What to write before something else is; nil if nothing is in the way.
  mutating func interrupt() -> String? {
    defer { self.isBarOpen = false }
    return self.isBarOpen ? "\n" : nil
  }
}
