import ArgumentParser
import AuguryClient
import Testing

@testable import augury

@Suite("Arguments of batch jobs")
struct JobArgumentTests {
  private static let now = 1_764_000_000.0
  private static let submit = ["jobs", "submit", "--model", "m@2", "--input", "in.csv", "--output", "/out"]

  private func submission(_ arguments: String...) throws -> JobSubmission {
    let command = try #require(try AuguryCommand.parseAsRoot(Self.submit + arguments) as? SubmitJobCommand)
    return try command.submission(in: "/home", now: Self.now)
  }

  @Test("Without options a submission says no more than it must")
  func plain() throws {
    #expect(try self.submission() == JobSubmission(model: "m", version: "2", input: "/home/in.csv", output: "/out"))
  }

  @Test("Every option finds its field")
  func everyOption() throws {
    let job = try self.submission(
      "--input-format", "csv", "--output-format", "npy", "--id-field", "custom_id", "--join", "name,age", "--outputs",
      "label,probabilities", "--columns", "X=a,p8..p11", "--columns", "Y=b", "--batch-size", "64", "--concurrency",
      "4", "--priority", "-3", "--finish-by", "2999-01-01T00:00:00Z", "--expires-in", "2h", "--retention", "7d",
      "--label", "team=fraud", "--label", "note=a=b", "--label", "empty=", "--max-errors", "10", "--idempotency-key",
      "k", "--notify", "http://localhost:1/x", "--no-sync", "--overwrite")
    var expected = JobSubmission(model: "m", version: "2", input: "/home/in.csv", output: "/out", batchSize: 64)
    expected.overwrite = true
    expected.inputFormat = "csv"
    expected.outputFormat = "npy"
    expected.idField = "custom_id"
    expected.join = ["name", "age"]
    expected.outputs = ["label", "probabilities"]
    expected.columns = ["X": ["a", "p8", "p9", "p10", "p11"], "Y": ["b"]]
    expected.concurrency = 4
    expected.priority = -3
    expected.finishBy = 32_472_144_000
    expected.expiresAt = Self.now + 7200
    expected.retentionSeconds = 604_800
    expected.labels = ["team": "fraud", "note": "a=b", "empty": ""]
    expected.maxErrors = 10
    expected.idempotencyKey = "k"
    expected.notifyURL = "http://localhost:1/x"
    expected.sync = false
    #expect(job == expected)
    #expect(try self.submission("--join", "*").join == ["*"])
    #expect(try self.submission("--max-errors", "0.5%").maxErrorPercent == 0.5)
    #expect(try self.submission("--finish-by", "90m").finishBy == Self.now + 5400)
  }

  @Test(
    "What an option cannot be is refused with a word on what was expected",
    arguments: [
      (["--input-format", "xml"], "jsonl"), (["--id-field", ""], "--id-field is empty"),
      (["--join", "*,a"], "stands alone"),
      (["--join", "a,,b"], "name in it is empty"), (["--outputs", ""], "name in it is empty"),
      (["--outputs", "a,a"], "'a' comes twice"), (["--columns", "X"], "X=p0..p63"), (["--columns", "=a"], "X=p0..p63"),
      (["--columns", "X="], "X=p0..p63"), (["--columns", "X=a..b"], "no range of columns"),
      (["--columns", "X=p0..q3"], "no range of columns"), (["--columns", "X=p3..p1"], "runs backwards"),
      (["--columns", "X=p08..p9"], "different widths"), (["--columns", "X=p0..p65536"], "more than 65536"),
      (["--columns", "X=p0..p3,p2"], "'p2' comes twice"), (["--columns", "X=a", "--columns", "X=b"], "twice"),
      (["--columns", "X=p0..p99999999999999999999"], "no range of columns"),
      (["--columns", "X=a", "--input-format", "npy"], "--columns is for CSV"), (["--batch-size", "0"], "at least 1"),
      (["--concurrency", "0"], "at least 1"), (["--priority", "high"], "priority"),
      (["--finish-by", "tomorrow"], "expected a time as"), (["--finish-by", "2020-01-01T00:00:00Z"], "which is past"),
      (["--expires-in", "0s"], "expected a length"), (["--expires-in", "soon"], "expected a length"),
      (["--retention", "-1h"], "expected a length"), (["--label", "team"], "team=fraud"),
      (["--label", "=x"], "team=fraud"), (["--label", "a=1", "--label", "a=2"], "says twice"),
      (["--max-errors", "-1"], "as 0.5%"), (["--max-errors", "1.5"], "as 0.5%"), (["--max-errors", "%"], "as 0.5%"),
      (["--max-errors", "nan%"], "as 0.5%"), (["--max-errors", "101%"], "more than 100%"),
      (["--idempotency-key", ""], "is empty"), (["--notify", "ftp://x"], "http://"),
    ])
  func refusals(arguments: [String], word: String) {
    let error = #expect(throws: (any Error).self) { try AuguryCommand.parseAsRoot(Self.submit + arguments) }
    guard let error else { return }
    #expect(AuguryCommand.exitCode(for: error).rawValue == 64)
    let message = AuguryCommand.fullMessage(for: error)
    #expect(message.contains(word) && message.contains(arguments[0]), "\(message)")
  }

  @Test("Ranges of columns keep the width of their numbers")
  func ranges() throws {
    #expect(try ColumnMapping("X=p08..p10").columns == ["p08", "p09", "p10"])
    #expect(try ColumnMapping("X=0..2").columns == ["0", "1", "2"])
    #expect(try ColumnMapping("X=a9..a10,b").columns == ["a9", "a10", "b"])
    #expect(try ColumnMapping("X=p7..p7").columns == ["p7"])
    #expect(try ColumnMapping("X=p0..p65535").columns.count == 65_536)
    #expect(try ColumnMapping("X=é=ü").columns == ["é=ü"])
  }

  @Test("list takes its filters")
  func list() throws {
    func filter(_ arguments: String...) throws -> JobFilter {
      try #require(try AuguryCommand.parseAsRoot(["jobs", "list"] + arguments) as? ListJobsCommand).filter()
    }
    #expect(try filter() == JobFilter())
    #expect(
      try filter("--state", "running,paused", "--model", "m", "--label", "a=1", "--label", "b=2", "--limit", "5")
        == JobFilter(states: [.running, .paused], model: "m", labels: ["a": "1", "b": "2"], limit: 5))
    for (arguments, word) in [
      (["--state", "done"], "there are queued, validating, running"), (["--state", ""], "empty"),
      (["--limit", "0"], "at least 1"), (["--label", "x"], "team=fraud"), (["--model", ""], "is empty"),
    ] {
      let error = #expect(throws: (any Error).self) { try AuguryCommand.parseAsRoot(["jobs", "list"] + arguments) }
      #expect(error.map { AuguryCommand.fullMessage(for: $0).contains(word) } == true, "\(arguments)")
    }
  }

  @Test("Orders name their job", arguments: ["show", "watch", "pause", "resume", "cancel", "delete", "retry-failed"])
  func orders(name: String) throws {
    _ = try AuguryCommand.parseAsRoot(["jobs", name, "7", "--json"])
    let error = #expect(throws: (any Error).self) { try AuguryCommand.parseAsRoot(["jobs", name]) }
    #expect(error.map { AuguryCommand.exitCode(for: $0).rawValue } == 64)
    let help = JobsCommand.helpMessage()
    #expect(help.contains("\n  \(name) "), "\(help)")
    for code in [0, 1, 2, 3, 64, 130] { #expect(help.contains("\n  \(code) "), "\(code)") }
  }
}

@Suite("Points in time")
struct TimestampTests {
  @Test(
    "RFC 3339 is read, with its offsets and fractions",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2025-11-24T16:00:00Z", 1_764_000_000),
      ("2025-11-24t17:00:00+01:00", 1_764_000_000),
      ("2025-11-24 10:30:00.25-05:30", 1_764_000_000.25), ("2024-02-29T23:59:60z", 1_709_251_200),
      ("1969-12-31T23:59:59Z", -1), ("2000-02-29T00:00:00Z", 951_782_400), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] as [(String, Double)])
  func reading(text: String, seconds: Double) {
    #expect(Timestamp.seconds(from: text) == seconds)
  }

  @Test(
    "What is no date is refused",
    arguments: [
      "", "2025", "2025-11-24", "2025-11-24T16:00Z", "2025-11-24T16:00:00", "2025-13-01T00:00:00Z",
      "2025-00-01T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
      "2025-11-24T24:00:00Z", "2025-11-24T16:60:00Z", "2025-11-24T16:00:61Z", "2025-11-24T16:00:00.Z",
      "2025-11-24T16:00:00+24:00", "2025-11-24T16:00:00+0100", "2025-11-24T16:00:00Zx", "+025-11-24T16:00:00Z",
      "٢025-11-24T16:00:00Z", "2025-11-24T16:00:00ZZ",
    ])
  func refused(text: String) {
    #expect(Timestamp.seconds(from: text) == nil)
  }

  @Test("What is written is what is read, to the second")
  func writing() {
    for seconds in [0.0, 1_764_000_000, -1, 951_782_400, 1_709_251_199, 253_402_300_799, -62_135_596_800] {
      let text = Timestamp.text(of: seconds)
      #expect(Timestamp.seconds(from: text) == seconds, "\(text)")
    }
    #expect(Timestamp.text(of: 1_764_000_000.4) == "2025-11-24T16:00:00Z")
    #expect(
      [.nan, .infinity, 1e300, 253_402_300_800, -62_135_596_801].map(Timestamp.text) == ["-", "-", "-", "-", "-"])
  }
}
