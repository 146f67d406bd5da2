import AuguryClient
import Glibc
import QueueCore
import Store
import Tensors
import Testing

@testable import Jobs

/// A job that predicts the failed rows of another one again ends with the files that a job without failures would have
/// written.
struct RetryTests {
  enum Form: CaseIterable {
    case lines
    case csv
    case array

    var options: RowOptions {
      var options = RowOptions()
      // What a row was predicted with differs, so it is left out.
      options.outputs = ["of"]
      switch self {
      case .lines: options.idField = "id"
      case .csv:
        options.inputFormat = .csv
        options.outputFormat = .csv
        options.join = .fields(["more"])
      case .array:
        options.outputs = ["rows"]
        options.outputFormat = .npy
      }
      return options
    }

    func input(_ count: Int) -> String {
      var text = self == .csv ? "X,more\n" : ""
      for row in 0..<count {
        let word =
          switch row {
          case 0, count - 1: "bad"
          case let row where row % 97 == 5: "poison"
          case let row where row % 83 == 4: "still fault"
          case let row where row % 31 == 3: "bad"
          default: "row"
          }
        text += self == .csv ? "\(word) \(row),\"m\n\(row)\"\n" : "{\"id\":\(row),\"X\":\"\(word) \(row)\"}\n\n"
      }
      return text
    }
  }

  private static let count = 700

  private func bench(_ form: Form) async throws -> Bench {
    let bench = try Bench {
      $0.limits.maximumWindow = 2
      $0.limits.syncMilliseconds = 1
    }
    try bench.folder.write("in", form.input(Self.count))
    try await bench.announce(Bench.signature(.bytes))
    return bench
  }

  /// A job some of whose rows failed.
  private func parent(_ bench: Bench, _ form: Form) async throws -> JobID {
    let id = try await bench.insert(form.options)
    let job = try await bench.finish(id)
    try #require(job.state == .succeeded, "\(job.message ?? "")")
    try #require(job.checkpoint.failedRows > 20)
    bench.cluster.change { $0.isHealed = true }
    return id
  }

  /// What a job writes whose rows fail only if they fail still.
  private func expected(_ form: Form) async throws -> (Bench, JobRecord) {
    let bench = try await self.bench(form)
    bench.cluster.change { $0.isHealed = true }
    let job = try await bench.finish(try await bench.insert(form.options))
    try #require(job.state == .succeeded && job.checkpoint.failedRows > 3)
    return (bench, job)
  }

  private func expect(_ bench: Bench, _ form: Form, _ job: JobRecord) async throws {
    let (reference, whole) = try await self.expected(form)
    #expect(job.state == .succeeded, "\(job.message ?? "")")
    #expect(job.checkpoint.predictedRows == whole.checkpoint.predictedRows)
    #expect(job.checkpoint.failedRows == whole.checkpoint.failedRows)
    #expect(bench.folder.text("out.errors.jsonl") == reference.folder.text("out.errors.jsonl"))
    if form == .array {
      // How many rows it was predicted with is all that this output says.
      #expect(bench.folder.bytes("out")?.count == reference.folder.bytes("out")?.count)
      let header = try (bench.folder.bytes("out") ?? []).withUnsafeBytes { try NPYHeader($0) }
      #expect(header.rows == Int(job.checkpoint.predictedRows))
    } else {
      #expect(bench.folder.text("out") == reference.folder.text("out"))
    }
    #expect(!bench.folder.names.contains { $0.contains("partial") })
  }

  @Test(arguments: Form.allCases)
  func failedRowsArePatchedInInTheirPlaces(form: Form) async throws {
    let bench = try await self.bench(form)
    let parent = try await self.parent(bench, form)
    let chunks = bench.cluster.chunks
    let job = try await bench.finish(try await bench.insert(form.options, retryOf: parent))
    // Only the failed rows were sent.
    #expect(bench.cluster.chunks - chunks < Self.count / 8)
    try await self.expect(bench, form, job)
  }

  @Test(arguments: Form.allCases)
  func deathsOnTheWayChangeNothing(form: Form) async throws {
    let bench = try await self.bench(form)
    let id = try await bench.insert(form.options, retryOf: try await self.parent(bench, form))
    var random = SplitMix64(seed: 9)
    for _ in 0..<12 where !(try await bench.store.existingJob(id).state.isFinal) {
      try await bench.runAndKill(id, afterAnswers: Int.random(in: 1...3, using: &random))
    }
    try await self.expect(bench, form, try await bench.finish(id))
  }

  @Test func aDeathBetweenTheRenamesIsMadeGood() async throws {
    let form = Form.csv
    let bench = try await self.bench(form)
    let parent = try await self.parent(bench, form)
    let job = try await bench.finish(try await bench.insert(form.options, retryOf: parent))
    let last = job.checkpoint
    let output = try #require(bench.folder.bytes("out"))
    // The same job once more, as it stood when only the errors file had its name.
    let again = try await bench.store.insertJob(job.job)
    try await bench.store.updateJob(
      again.id, fence: nil, JobUpdate(state: .finalizing, version: "1", checkpoint: last))
    rename(bench.folder.file("out"), bench.folder.file("out.partial"))
    try bench.folder.write("out", "what the parent wrote")
    try bench.folder.write("out.retry.partial", "left")
    let ended = try await bench.finish(again.id)
    #expect(ended.state == .succeeded, "\(ended.message ?? "")")
    #expect(bench.folder.bytes("out") == output)
    #expect(!bench.folder.names.contains { $0.contains("partial") })
  }

  @Test func filesThatWereChangedAreLeftAlone() async throws {
    let form = Form.lines
    let bench = try await self.bench(form)
    let parent = try await self.parent(bench, form)
    try bench.folder.write("out", "mine now")
    let job = try await bench.finish(try await bench.insert(form.options, retryOf: parent))
    #expect(job.state == .failed)
    #expect(job.message?.contains("it has 8 bytes, but job \(parent) wrote") == true)
    #expect(bench.folder.text("out") == "mine now")
  }

  @Test func aRetryMayBeRetried() async throws {
    let form = Form.lines
    let bench = try await self.bench(form)
    let parent = try await self.parent(bench, form)
    let first = try await bench.insert(form.options, retryOf: parent)
    _ = try await bench.finish(first)
    let second = try await bench.finish(try await bench.insert(form.options, retryOf: first))
    try await self.expect(bench, form, second)
  }
}
