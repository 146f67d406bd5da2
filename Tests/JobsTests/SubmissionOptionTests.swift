import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

/// What a submission may say beyond its files, and what comes of saying it twice.
struct SubmissionOptionTests {
  @Test func optionsThatMakeNoSenseAreRefusedByName() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let cases: [(says: String, change: (inout JobSubmission) -> Void)] = [
      ("input_format is \"xml\", expected jsonl, csv, npy", { $0.inputFormat = "xml" }),
      ("output_format is \"\"", { $0.outputFormat = "" }),
      ("concurrency is 0, expected 1 to 1024", { $0.concurrency = 0 }),
      ("priority is 1001, expected -1000 to 1000", { $0.priority = 1001 }),
      ("finish_by is 5.0, expected a time to come", { $0.finishBy = 5 }),
      ("expires_at is inf", { $0.expiresAt = .infinity }),
      ("expires_at is nan", { $0.expiresAt = .nan }),
      ("retention_seconds is -1.0", { $0.retentionSeconds = -1 }),
      ("max_errors is -1, expected 0 or more", { $0.maxErrors = -1 }),
      ("max_error_percent is 101.0, expected 0 to 100", { $0.maxErrorPercent = 101 }),
      (
        "both given",
        {
          $0.maxErrors = 1
          $0.maxErrorPercent = 1
        }
      ),
      ("idempotency_key is \"\", expected 1 to 255 bytes", { $0.idempotencyKey = "" }),
      ("the number of labels is 65", { $0.labels = .init(uniqueKeysWithValues: (0..<65).map { ("\($0)", "") }) }),
      ("label \"\" is named so, expected 1 to 63 bytes", { $0.labels = ["": "x"] }),
      ("label \"k\" is 256 bytes long", { $0.labels = ["k": String(repeating: "x", count: 256)] }),
      ("join is", { $0.join = ["*", "a"] }),
      ("outputs is", { $0.outputs = ["a", "a"] }),
      ("columns is given, expected an input in CSV", { $0.columns = ["X": ["a"]] }),
      ("id_field is empty", { $0.idField = "" }),
    ]
    let service = bench.makeService()
    for (says, change) in cases {
      var submission = bench.submission()
      change(&submission)
      let wrong = submission
      let error = await refusal { _ = try await service.submit(wrong) }
      #expect(error?.code == .invalidArgument, "\(says)")
      #expect(error?.message.contains(says) == true, "\(error?.message ?? "accepted"), expected \(says)")
    }
    #expect(try await bench.store.jobs(in: nil).isEmpty)
  }

  @Test func whatIsSaidIsKeptAndShown() async throws {
    let bench = try Bench()
    try bench.folder.write("in.csv.gz", gzip(Array("a,b\n1,2\n".utf8)))
    var submission = bench.submission("in.csv.gz", "out.npy")
    submission.labels = ["team": "a"]
    submission.priority = 7
    submission.finishBy = 5e9
    submission.expiresAt = 6e9
    submission.sync = false
    let service = bench.makeService()
    let job = try await service.submit(submission)
    #expect(job.inputFormat == "csv")
    #expect(job.outputFormat == "npy")
    #expect(job.labels == ["team": "a"])
    #expect(job.priority == 7)
    #expect(job.finishBy == 5e9)
    #expect(job.expiresAt == 6e9)
    #expect(job.isLate == false)
    let stored = try await bench.store.existingJob(JobID(1)).job.options
    #expect(stored.rows.isCompressed)
    #expect(!stored.isSynced)
    let found = try await service.list(JobFilter(states: [.queued], model: "digits", labels: ["team": "a"], limit: 5))
    #expect(found == [job])
    let none = try await service.list(JobFilter(labels: ["team": "b"]))
    #expect(none.isEmpty)
    let refused = await refusal { _ = try await service.list(JobFilter(limit: -1)) }
    #expect(refused?.code == .invalidArgument)
  }

  @Test func aKeyGivesTheSameJobHoweverOftenAndWhenever() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(8))
    var submission = bench.submission()
    submission.idempotencyKey = "nightly-1"
    let keyed = submission
    try await bench.running { service in
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 { group.addTask { try await service.submit(keyed).id } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let id = try #require(ids.first)
      #expect(try await service.ended(id).state == .succeeded)
      // The output is there by now, and so is the job.
      let again = try await service.submit(keyed)
      #expect(again.id == id)
      #expect(again.state == .succeeded)
      var other = keyed
      other.priority = 3
      let different = other
      let reused = await refusal { _ = try await service.submit(different) }
      #expect(reused?.code == .alreadyExists)
      #expect(reused?.reason == "IDEMPOTENCY_KEY_REUSED")
      #expect(reused?.message.contains("job \(id)") == true)
    }
  }

  @Test func anOutputThatCannotFitIsRefusedWithBothFigures() async throws {
    let bench = try Bench()
    let path = try bench.folder.write("in.jsonl", "")
    // A sparse file: as long as can be, and no row in its first bytes takes more than one.
    let descriptor = open(path, O_WRONLY)
    let lines = [UInt8](repeating: 0x0A, count: 256 << 10)
    #expect(pwrite(descriptor, lines, lines.count, 0) == lines.count)
    try #require(ftruncate(descriptor, 8 << 40) == 0)
    close(descriptor)
    let service = bench.makeService()
    let error = await refusal { _ = try await service.submit(bench.submission()) }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.reason == "NO_SPACE")
    #expect(error?.message.contains("about \(16 << 40) bytes") == true, "\(error?.message ?? "accepted")")
    #expect(error?.message.contains("free") == true)
  }

  @Test func failedRowsAreRetriedOnlyWhereThatMakesSense() async throws {
    let bench = try Bench { $0.runsJobs = false }
    try bench.folder.write("in.jsonl", Bench.rows(40) { $0 % 10 == 3 ? "\"bad\"" : "[\($0)]" })
    try bench.folder.write("good.jsonl", Bench.rows(4))
    let service = bench.makeService()
    let queued = try await service.submit(bench.submission()).id
    let early = await refusal { _ = try await service.retryFailed(queued) }
    #expect(early?.reason == "NOT_SUCCEEDED")
    let clean = try await service.submit(bench.submission("good.jsonl", "b.jsonl")).id
    let runner = bench.makeRunner("r")
    let life = Task { await runner.run() }
    _ = try await service.ended(queued)
    _ = try await service.ended(clean)
    runner.stop()
    await life.value
    let nothing = await refusal { _ = try await service.retryFailed(clean) }
    #expect(nothing?.reason == "NOTHING_TO_RETRY")

    let output = try #require(bench.folder.text("out.jsonl"))
    try bench.folder.write("out.jsonl", output + "more")
    let changed = await refusal { _ = try await service.retryFailed(queued) }
    #expect(changed?.code == .failedPrecondition)
    #expect(changed?.message.contains("out.jsonl' has \(output.utf8.count + 4) bytes") == true)
    try bench.folder.write("out.jsonl", output)

    let retry = try await service.retryFailed(queued)
    #expect(retry.retryOf == queued)
    #expect(retry.output == bench.folder.file("out.jsonl"))
    #expect(retry.version == "1")
    let record = try await bench.store.existingJob(JobID(Int64(retry.id) ?? 0))
    #expect(record.job.overwrite)
    let twice = await refusal { _ = try await service.retryFailed(queued) }
    #expect(twice?.reason == "RETRY_UNFINISHED")
    let needed = await refusal { _ = try await service.delete(queued) }
    #expect(needed?.reason == "JOB_UNFINISHED")
    _ = try await service.cancel(retry.id)
    try bench.folder.write("in.jsonl", Bench.rows(40) { $0 % 10 == 3 ? "\"bad\"" : "[\($0)]" })
    let touched = await refusal { _ = try await service.retryFailed(queued) }
    #expect(touched?.message.contains("was written to") == true)
  }
}
