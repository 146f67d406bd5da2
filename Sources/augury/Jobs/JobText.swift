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

  /// `job 3 running  48%  48,120 rows  2 failed  12,345 rows/s  ETA 4.0 s`.
  static func line(for job: Job) -> String {
    self.head(job) + "  " + self.figures(job).joined(separator: "  ")
  }

  /// The line with a bar in it that takes what room there is, up to 40 columns; cut where even the line is too long.
  static func bar(for job: Job, columns: Int) -> String {
    let figures = self.figures(job).joined(separator: "  ")
    let room = columns - self.head(job).count - figures.count - 4
    let width = min(40, room - 2)
    let bar = width >= 5 ? "[\(self.progress(self.fraction(of: job), width: width))]  " : ""
    return String("\(self.head(job))  \(bar)\(figures)".prefix(max(0, columns)))
  }

  /// The inside of a bar: full only when everything is done.
  static func progress(_ fraction: Double, width: Int) -> String {
    let full = fraction >= 1 ? width : min(width - 1, max(0, Int(fraction * Double(width))))
    return String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
  }

  /// A line for each job, in the order given.
  static func table(of jobs: [Job], now: Double) -> String {
    guard !jobs.isEmpty else { return "no jobs\n" }
    var table = Table([
      .left("JOB"), .left("STATE"), .left("MODEL"), .right("DONE"), .right("ROWS"), .right("FAILED"), .right("RATE"),
      .right("AGE"), .left("OUTPUT"),
    ])
    for job in jobs {
      table.append([
        job.id, job.state.rawValue, self.model(job), Units.percent(self.fraction(of: job)), Units.count(job.rowsDone),
        Units.count(job.rowsFailed), Units.rate(job.rowsPerSecond), Units.seconds(max(0, now - job.createdAt)),
        job.output,
      ])
    }
    return table.text
  }

  /// A line for each property.
  static func description(of job: Job, now: Double) -> String {
    var table = Table([.left(""), .left("")])
    table.append(["job", job.id])
    table.append(["state", job.state.rawValue])
    if let message = job.message { table.append(["message", message]) }
    table.append(["model", self.model(job)])
    if let digest = job.digest { table.append(["digest", digest]) }
    table.append(["input", job.input])
    table.append(["output", job.output])
    table.append(["errors", job.errors])
    table.append(["batch size", Units.count(job.batchSize)])
    table.append(["rows", "\(Units.count(job.rowsDone)), \(Units.count(job.rowsFailed)) failed"])
    table.append([
      "input read",
      "\(Units.percent(self.fraction(of: job))), \(Units.bytes(job.bytesDone)) of \(Units.bytes(job.bytesTotal))",
    ])
    table.append(["rate", Units.rate(job.rowsPerSecond)])
    if let eta = job.etaSeconds { table.append(["time left", Units.seconds(eta)]) }
    table.append(["created", "\(Units.seconds(max(0, now - job.createdAt))) ago"])
    if let started = job.startedAt {
      table.append(["running time", Units.seconds(max(0, (job.finishedAt ?? now) - started))])
    }
    return table.text
  }

  private static func head(_ job: Job) -> String {
    "job \(OneLine.text(job.id)) \(job.state.rawValue)"
  }

  private static func figures(_ job: Job) -> [String] {
    var figures = [Units.percent(self.fraction(of: job)), "\(Units.count(job.rowsDone)) rows"]
    if job.rowsFailed > 0 { figures.append("\(Units.count(job.rowsFailed)) failed") }
    figures.append(Units.rate(job.rowsPerSecond))
    if !job.state.isFinal, let eta = job.etaSeconds { figures.append("ETA \(Units.seconds(eta))") }
    return figures
  }

  private static func model(_ job: Job) -> String {
    job.version.map { "\(job.model)@\($0)" } ?? job.model
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
