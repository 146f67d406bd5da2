import AuguryClient
import Foundation
import Testing

/// What the protocol's document says of batch jobs is what the types are.
@Suite("Batch jobs in the protocol's document")
struct JobDocumentTests {
  /// The code words in the first cells of the table whose first column has this title.
  private static func words(under title: String) throws -> [String] {
    let lines = try Self.document().split(separator: "\n", omittingEmptySubsequences: false)
    let head = try #require(lines.firstIndex { $0.hasPrefix("| \(title) |") }, "no table of '\(title)'")
    let rows = lines[(head + 2)...].prefix { $0.hasPrefix("|") }
    return rows.flatMap { row in
      let cell = row.dropFirst().prefix { $0 != "|" }
      return cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
  }

  private static func document() throws -> String {
    var folder = URL(filePath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      let file = folder.appending(path: "docs/PROTOCOL.md")
      if FileManager.default.fileExists(atPath: file.path) { return try String(contentsOf: file, encoding: .utf8) }
      folder.deleteLastPathComponent()
    }
    throw CocoaError(.fileNoSuchFile)
  }

  private static func fields(_ value: some Encodable) throws -> [String] {
    let object = try JSONSerialization.jsonObject(with: Data(try ControlCoding.encode(value)))
    return try #require(object as? [String: Any]).keys.sorted()
  }

  @Test("The fields of a submission are those in its table")
  func submission() throws {
    var job = JobSubmission(model: "m", version: "1", input: "/i", output: "/o", batchSize: 1, overwrite: true)
    job.inputFormat = "csv"
    job.outputFormat = "csv"
    job.idField = "id"
    job.join = ["*"]
    job.outputs = ["y"]
    job.columns = ["x": ["a"]]
    job.concurrency = 1
    job.priority = 1
    job.finishBy = 1
    job.expiresAt = 1
    job.retentionSeconds = 1
    job.labels = ["a": "b"]
    job.maxErrors = 1
    job.maxErrorPercent = 1
    job.idempotencyKey = "k"
    job.notifyURL = "http://localhost"
    job.sync = true
    #expect(Mirror(reflecting: job).children.allSatisfy { "\($0.value)" != "nil" }, "every field has a value here")
    #expect(try Self.words(under: "field of a submission").sorted() == Self.fields(job))
  }

  @Test("The fields of a job are those in its table")
  func job() throws {
    var job = Job(
      id: "1", model: "m", version: "1", digest: "d", input: "/i", output: "/o", errors: "/e", state: .running,
      message: "m", batchSize: 1, bytesTotal: 1, etaSeconds: 1, createdAt: 1, startedAt: 1, finishedAt: 1)
    job.inputFormat = "csv"
    job.outputFormat = "csv"
    job.priority = 1
    job.finishBy = 1
    job.isLate = true
    job.expiresAt = 1
    job.labels = ["a": "b"]
    job.runner = "r"
    job.attempt = 1
    job.rowsByWorker = ["w": 1]
    job.rowsByVersion = ["1": 1]
    job.retryOf = "0"
    #expect(Mirror(reflecting: job).children.allSatisfy { "\($0.value)" != "nil" }, "every field has a value here")
    #expect(try Self.words(under: "field of a job").sorted() == Self.fields(job))
  }

  @Test("The states are those in their table, and so are the events; those that end a job are marked")
  func states() throws {
    #expect(try Self.words(under: "state") == Job.State.allCases.map(\.rawValue))
    let document = try Self.document()
    for state in Job.State.allCases {
      #expect(document.contains("\n| `\(state.rawValue)` | \(state.isFinal ? "yes" : "no") | "))
    }
    #expect(
      try Self.words(under: "topic of a job") == Job.State.allCases.map { "job.\($0.rawValue)" } + [
        "job.late", "job.deleted",
      ])
  }

  @Test("The calls are those in the table of methods")
  func methods() throws {
    let methods = [
      ControlMethod.submitJob, ControlMethod.listJobs, ControlMethod.showJob, ControlMethod.pauseJob,
      ControlMethod.resumeJob, ControlMethod.cancelJob, ControlMethod.deleteJob, ControlMethod.retryJob,
    ]
    #expect(try Self.words(under: "method").filter { $0.hasPrefix("jobs.") } == methods)
  }
}
