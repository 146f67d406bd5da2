import AuguryClient
import Glibc

/// Batch jobs in words.
enum JobText {
  /// The share of the input that is done with, 0 to 1.
  static func fraction(of job: Job) -> Double {
    if job.state == .succeeded { return 1 }
    guard job.bytesTotal > 0 else { return 0 }
    return min(1, max(0, Double(job.bytesDone) / Double(job.bytesTotal)))
  }

  /// `job 3 running  48%  48,120 rows  2 failed  12,345 rows/s  ETA 4.0 s`, then what it says of itself, if anything.
  static func line(for job: Job) -> String {
    ([self.head(job)] + self.figures(job) + self.remarks(job)).joined(separator: "  ")
  }

  /// The line with a bar in it that takes what room there is, up to 40 columns; cut where even the line is too long.
  static func bar(for job: Job, columns: Int) -> String {
    let figures = (self.figures(job) + self.remarks(job)).joined(separator: "  ")
    let room = columns - self.head(job).count - figures.count - 4
    let width = min(40, room - 2)
    let bar = width >= 5 ? "[\(self.progress(self.fraction(of: job), width: width))]  " : ""
    return String("\(self.head(job))  \(bar)\(figures)".prefix(max(0, columns)))
  }

  /// `job 3 paused`, then what it says of itself, if anything.
  static func state(of job: Job) -> String {
    self.head(job) + (job.message.map { ": \(OneLine.text($0))" } ?? "")
  }

  /// The inside of a bar: full only when everything is done.
  static func progress(_ fraction: Double, width: Int) -> String {
    let full = fraction >= 1 ? width : min(width - 1, max(0, Int(fraction * Double(width))))
    return String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
  }

  /// A line for each job, in the order given. Priorities and labels have a column if any job has one.
  static func table(of jobs: [Job], now: Double) -> String {
    guard !jobs.isEmpty else { return "no jobs\n" }
    let hasPriorities = jobs.contains { ($0.priority ?? 0) != 0 }
    let hasLabels = jobs.contains { $0.labels?.isEmpty == false }
    var columns: [Table.Column] = [.left("JOB"), .left("STATE"), .left("MODEL")]
    if hasPriorities { columns.append(.right("PRIORITY")) }
    columns += [
      .right("DONE"), .right("ROWS"), .right("FAILED"), .right("RATE"), .right("LEFT"), .right("AGE"),
    ]
    if hasLabels { columns.append(.left("LABELS")) }
    var table = Table(columns + [.left("OUTPUT")])
    for job in jobs {
      var cells = [job.id, job.state.rawValue + (self.isLate(job) ? ", late" : ""), self.model(of: job)]
      if hasPriorities { cells.append("\(job.priority ?? 0)") }
      cells += [
        Units.percent(self.fraction(of: job)), Units.count(job.rowsDone), Units.count(job.rowsFailed),
        Units.rate(job.rowsPerSecond), self.timeLeft(job) ?? "-", Units.seconds(max(0, now - job.createdAt)),
      ]
      if hasLabels { cells.append(self.labels(of: job)) }
      table.append(cells + [job.output])
    }
    return table.text
  }

  /// `digits@2`, or `digits` while the version is not settled.
  static func model(of job: Job) -> String {
    job.version.map { "\(job.model)@\($0)" } ?? job.model
  }

  /// `run=nightly, team=fraud`, by their keys; nothing if there are none.
  static func labels(of job: Job) -> String {
    (job.labels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }

  /// The time until it will be done, if it has not ended and that can be said.
  static func timeLeft(_ job: Job) -> String? {
    job.state.isFinal ? nil : job.etaSeconds.map(Units.seconds)
  }

  /// Whether it has not ended and will, by the estimate, later than it should.
  static func isLate(_ job: Job) -> Bool {
    !job.state.isFinal && job.isLate == true
  }

  private static func head(_ job: Job) -> String {
    "job \(OneLine.text(job.id)) \(job.state.rawValue)"
  }

  private static func figures(_ job: Job) -> [String] {
    var figures = [Units.percent(self.fraction(of: job)), "\(Units.count(job.rowsDone)) rows"]
    if job.rowsFailed > 0 { figures.append("\(Units.count(job.rowsFailed)) failed") }
    figures.append(Units.rate(job.rowsPerSecond))
    if let left = self.timeLeft(job) { figures.append("ETA \(left)") }
    return figures
  }

  /// What a running job says of itself. What one says that has ended is said once, at the end.
  private static func remarks(_ job: Job) -> [String] {
    guard !job.state.isFinal else { return [] }
    return (self.isLate(job) ? ["will be late"] : []) + (job.message.map { ["(\(OneLine.text($0)))"] } ?? [])
  }
}

/// The date, which only times of the day are reckoned from.
enum WallClock {
  /// Seconds since 1970.
  static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
