import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

struct SubmissionTests {
  private func refused(
    _ bench: Bench, _ change: (inout JobSubmission) -> Void
  ) async -> PredictionError? {
    var submission = bench.submission()
    change(&submission)
    let service = bench.makeService()
    return await refusal { _ = try await service.submit(submission) }
  }

  @Test func whatCannotBeReadOrWrittenIsRefusedWithTheReason() async throws {
    let bench = try Bench()
    let input = try bench.folder.write("in.jsonl", Bench.rows(4))
    let folder = bench.folder.path
    try bench.folder.write("there.jsonl", "")
    try bench.folder.write("half.errors.jsonl", "")
    link(input, bench.folder.file("same.jsonl"))
    let cases: [(reason: String, says: String, change: (inout JobSubmission) -> Void)] = [
      ("INVALID_NAME", "model \"a b\"", { $0.model = "a b" }),
      ("INVALID_NAME", "version \"\"", { $0.version = "" }),
      ("BATCH_SIZE", "batch_size is 0, expected 1 to 65536", { $0.batchSize = 0 }),
      ("BATCH_SIZE", "batch_size is 65537", { $0.batchSize = 65_537 }),
      ("INVALID_PATH", "input 'in.jsonl'", { $0.input = "in.jsonl" }),
      ("INVALID_PATH", "output ''", { $0.output = "" }),
      ("INVALID_PATH", "4096 bytes", { $0.output = "/" + String(repeating: "x", count: 4096) }),
      ("INPUT_NOT_FOUND", "'\(folder)/none.jsonl'", { $0.input = "\(folder)/none.jsonl" }),
      ("INPUT_NOT_A_FILE", "'\(folder)'", { $0.input = folder }),
      ("INPUT_NOT_A_FILE", "/dev/zero", { $0.input = "/dev/zero" }),
      ("NO_OUTPUT_DIRECTORY", "'\(folder)/no'", { $0.output = "\(folder)/no/out.jsonl" }),
      ("NO_OUTPUT_DIRECTORY", "'\(input)'", { $0.output = "\(input)/out.jsonl" }),
      ("OUTPUT_NOT_A_FILE", "/dev/null", { $0.output = "/dev/null" }),
      ("SAME_FILE", "'\(input)' would be overwritten", { $0.output = input }),
      ("SAME_FILE", "same.jsonl", { $0.output = "\(folder)/same.jsonl" }),
      ("OUTPUT_EXISTS", "there.jsonl", { $0.output = "\(folder)/there.jsonl" }),
      ("OUTPUT_EXISTS", "half.errors.jsonl", { $0.output = "\(folder)/half.jsonl" }),
    ]
    for (reason, says, change) in cases {
      let error = await self.refused(bench, change)
      #expect(error?.reason == reason)
      #expect(error?.message.contains(says) == true, "\(error?.message ?? "accepted")")
      #expect(error?.code == (reason == "OUTPUT_EXISTS" ? .alreadyExists : .invalidArgument))
    }
    #expect(try await bench.store.jobs(in: nil).isEmpty)
  }

  @Test(.enabled(if: getuid() != 0, "root may read and write anything"))
  func permissionsAreLookedAt() async throws {
    let bench = try Bench()
    let input = try bench.folder.write("in.jsonl", Bench.rows(4))
    chmod(input, 0)
    #expect(await self.refused(bench) { _ in }?.reason == "INPUT_UNREADABLE")
    #expect(
      await self.refused(bench) {
        $0.input = "/etc/passwd"; $0.output = "/etc/out.jsonl"
      }?.reason
        == "OUTPUT_NOT_WRITABLE")
  }

  @Test func modelsThatNobodyKnowsAreRefusedNamingThoseThatAreKnown() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    bench.cluster.change {
      $0.versions = ["1", "10", "2"].map {
        ServedVersion(model: "digits", version: $0, digest: nil, isReady: false)
      }
    }
    let model = await self.refused(bench) { $0.model = "letters" }
    #expect(model?.code == .notFound)
    #expect(model?.message == "there is no model \"letters\"; known are digits")
    let version = await self.refused(bench) { $0.version = "3" }
    #expect(version?.code == .notFound)
    #expect(version?.message == "model \"digits\" has no version \"3\"; it has 1, 2, 10")
    bench.cluster.change { $0.versions = [] }
    let none = await self.refused(bench) { _ in }
    #expect(none?.message == "there is no model \"digits\"; none is known yet")
  }

  @Test func twoJobsDoNotWriteToOneFile() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let service = bench.makeService()
    let outcomes = await withTaskGroup(of: PredictionError?.self) { group in
      for _ in 0..<5 { group.addTask { await refusal { _ = try await service.submit(bench.submission()) } } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.allSatisfy { $0?.reason ?? "OUTPUT_IN_USE" == "OUTPUT_IN_USE" })
    let error = await refusal { _ = try await service.submit(bench.submission("in.jsonl", "out.errors.jsonl")) }
    #expect(error?.code == .alreadyExists)
    #expect(error?.message.hasSuffix("is being written by job 1") == true)
  }

  @Test func whatIsLeftOutTakesItsDefault() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let job = try await bench.makeService().submit(bench.submission("in.jsonl", "rows.csv", batchSize: nil))
    #expect(job.batchSize == 256)
    #expect(job.state == .queued)
    #expect(job.errors == bench.folder.file("rows.csv.errors.jsonl"))
    #expect(job.bytesTotal == 16)
  }
}
