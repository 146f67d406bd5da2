import AuguryClient

/// All about one job: its properties, who predicted its rows, what to look out for, where its rows are, what can be
/// done next.
enum JobReport {
  /// The report, its parts a blank line apart.
  static func text(of job: Job, now: Double) -> String {
    let parts = [
      self.properties(of: job, now: now), self.shares(job.rowsByVersion, of: job, title: "VERSION"),
      self.shares(job.rowsByWorker, of: job, title: "WORKER"), self.warnings(of: job, now: now), self.remains(of: job),
      self.advice(on: job),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  // MARK: - Properties

  private static func properties(of job: Job, now: Double) -> String {
    var table = Table([.left(""), .left("")])
    for (name, value) in self.identity(of: job) + self.progress(of: job) + self.times(of: job, now: now) {
      table.append([name, value])
    }
    return table.text
  }

  private static func identity(of job: Job) -> [(String, String)] {
    var properties = [("job", job.id), ("state", job.state.rawValue)]
    if let message = job.message { properties.append(("message", message)) }
    properties.append(("model", JobText.model(of: job)))
    if let digest = job.digest { properties.append(("digest", digest)) }
    properties.append(("input", job.input + (job.inputFormat.map { ", \($0)" } ?? "")))
    properties.append(("output", job.output + (job.outputFormat.map { ", \($0)" } ?? "")))
    properties.append(("errors", job.errors))
    properties.append(("batch size", Units.count(job.batchSize)))
    if let priority = job.priority { properties.append(("priority", "\(priority)")) }
    if job.labels?.isEmpty == false { properties.append(("labels", JobText.labels(of: job))) }
    if let other = job.retryOf { properties.append(("retry of", "job \(other)")) }
    return properties
  }

  private static func progress(of job: Job) -> [(String, String)] {
    let share = Units.percent(JobText.fraction(of: job))
    var properties = [
      ("rows", "\(Units.count(job.rowsDone)), \(Units.count(job.rowsFailed)) failed"),
      ("input read", "\(share), \(Units.bytes(job.bytesDone)) of \(Units.bytes(job.bytesTotal))"),
      ("rate", Units.rate(job.rowsPerSecond)),
    ]
    if let left = JobText.timeLeft(job) { properties.append(("time left", left)) }
    return properties
  }

  private static func times(of job: Job, now: Double) -> [(String, String)] {
    var properties = [("created", "\(Units.seconds(max(0, now - job.createdAt))) ago")]
    if let started = job.startedAt {
      properties.append(("running time", Units.seconds(max(0, (job.finishedAt ?? now) - started))))
    }
    if let time = job.finishBy { properties.append(("finish by", self.time(time, now: now))) }
    if let time = job.expiresAt, !job.state.isFinal { properties.append(("expires", self.time(time, now: now))) }
    if let runner = job.runner { properties.append(("runner", runner)) }
    if let attempt = job.attempt { properties.append(("attempt", Units.count(attempt))) }
    return properties
  }

  /// `2026-11-25T10:15:00Z, in 1h02m`.
  private static func time(_ time: Double, now: Double) -> String {
    let distance = Units.seconds(abs(time - now))
    return "\(Timestamp.text(of: time)), \(time >= now ? "in \(distance)" : "\(distance) ago")"
  }

  // MARK: - Who predicted

  private static func shares(_ rows: [String: Int]?, of job: Job, title: String) -> String {
    guard let rows, !rows.isEmpty else { return "" }
    var table = Table([.left(title), .right("ROWS"), .right("SHARE")])
    let total = rows.values.reduce(0.0) { $0 + Double($1) }
    // The most industrious first.
    for (name, count) in rows.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      table.append([name, Units.count(count), total > 0 ? Units.percent(Double(count) / total) : "-"])
    }
    return table.text
  }

  // MARK: - Words

  private static func warnings(of job: Job, now: Double) -> String {
    guard JobText.isLate(job), let limit = job.finishBy else { return "" }
    let end = job.etaSeconds.map { now + $0 }
    let delay = end.flatMap { $0 > limit ? " by \(Units.seconds($0 - limit))" : nil } ?? ""
    return "warning: it will be late\(delay); more workers, or a higher priority, make it faster\n"
  }

  /// Where the rows of a job are that has not put its output in its place.
  private static func remains(of job: Job) -> String {
    guard job.state != .succeeded, job.state != .finalizing, job.rowsDone > 0 else { return "" }
    // A job that was given up says so itself.
    if job.message?.contains(".partial") == true { return "" }
    let predicted = job.rowsDone - job.rowsFailed
    var lines: [String] = []
    if predicted > 0 { lines.append("\(self.plural(predicted, "prediction")) in \(job.output).partial") }
    if job.rowsFailed > 0 { lines.append("\(self.plural(job.rowsFailed, "error")) in \(job.errors).partial") }
    let head = "partial output, the first \(self.plural(job.rowsDone, "row")) of the input:\n"
    return head + lines.map { "  \(OneLine.text($0))\n" }.joined()
  }

  private static func advice(on job: Job) -> String {
    let id = OneLine.text(job.id)
    var lines: [String] = []
    switch job.state {
    case .queued, .validating, .running:
      lines = ["augury jobs watch \(id)", "augury jobs pause \(id)", "augury jobs cancel \(id)"]
    case .paused:
      lines = ["augury jobs resume \(id)", "augury jobs cancel \(id)"]
    case .finalizing:
      lines = ["augury jobs watch \(id)"]
    case .succeeded:
      guard job.rowsFailed > 0 else { return "" }
      lines = ["look into \(OneLine.text(job.errors))", "augury jobs retry-failed \(id)"]
    case .failed, .expired, .cancelled:
      lines = ["submit it again, from the first row", "augury jobs delete \(id)"]
    }
    return "next:\n" + lines.map { "  \($0)\n" }.joined()
  }

  private static func plural(_ count: Int, _ noun: String) -> String {
    "\(Units.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}
