import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

/// A job whose process dies again and again, at any moment, ends with the bytes of one that was left alone.
struct JobCrashTests {
  private static let rowCount = 6000

  /// Some rows end their worker, fail the model, are bad, are too long, or are not there at all.
  private static func row(_ number: Int) -> String {
    switch number {
    case let number where number % 977 == 5: "\"poison \(number)\""
    case let number where number % 1301 == 7: "\"fault \(number)\""
    case let number where number % 61 == 3: "\"bad \(number)\""
    case let number where number % 499 == 9: "\"\(String(repeating: "x", count: 900))\""
    case let number where number % 37 == 2: "[\(number)]\n\r\n"
    default: "[\(number)]"
    }
  }

  private func bench() throws -> Bench {
    let bench = try Bench {
      $0.chunkBytes = 800
      $0.limits.syncBytes = 4000
    }
    try bench.folder.write("in.jsonl", Bench.rows(Self.rowCount, Self.row))
    return bench
  }

  /// Runs a service and lets it die: its task is cancelled, so that nothing is made durable any more.
  private func runAndKill(_ bench: Bench, afterRequests requests: Int) async throws {
    let before = bench.cluster.requests
    let service = bench.makeService()
    let task = Task { await service.run() }
    try await eventually {
      guard bench.cluster.requests < before + requests else { return true }
      return try await bench.store.jobs(in: JobRecord.State.unfinished).isEmpty
    }
    task.cancel()
    await task.value
  }

  /// What a power failure may do to bytes that were not synced: they are gone, in part, or rubbish.
  private func tear(_ bench: Bench, _ job: JobRecord, _ random: inout SplitMix64) throws {
    for (name, length) in [
      ("out.jsonl.partial", job.checkpoint.outputLength), ("out.errors.jsonl.partial", job.checkpoint.errorsLength),
    ] {
      guard var bytes = bench.folder.bytes(name) else { continue }
      try #require(bytes.count >= Int(length), "\(name) is shorter than its checkpoint")
      bytes.removeSubrange(Int.random(in: Int(length)...bytes.count, using: &random)...)
      if random.chance(oneIn: 2) { bytes += [UInt8](repeating: 0, count: 100) }
      // In place: a new file would not be the one the store knows.
      try bench.folder.write(name, bytes)
    }
  }

  @Test func sixtyDeathsOnTheWayChangeNothing() async throws {
    let undisturbed = try self.bench()
    let expected = try await undisturbed.run(undisturbed.submission(batchSize: 16))
    #expect(expected.state == .succeeded)
    #expect(expected.rowsDone == Self.rowCount)
    #expect(expected.rowsFailed > 100)

    let bench = try self.bench()
    bench.cluster.change {
      $0.turns = 40
      $0.transientOneIn = 20
      $0.poisonOneIn = 150
    }
    var random = SplitMix64(seed: 3)
    let id = try #require(JobID(try await bench.makeService().submit(bench.submission(batchSize: 16)).id))
    var deaths = 0
    while deaths < 60, try await bench.store.existingJob(id).state != .succeeded {
      try await self.runAndKill(bench, afterRequests: Int.random(in: 1...24, using: &random))
      let job = try await bench.store.existingJob(id)
      guard job.state == .running else { continue }
      deaths += 1
      if random.chance(oneIn: 2) { try self.tear(bench, job, &random) }
    }
    #expect(deaths >= 50)
    let job = try await bench.running { try await $0.ended(id.description) }
    #expect(job.state == .succeeded)
    #expect(job.rowsFailed == expected.rowsFailed)
    #expect(bench.folder.bytes("out.jsonl") == undisturbed.folder.bytes("out.jsonl"))
    #expect(bench.folder.bytes("out.errors.jsonl") == undisturbed.folder.bytes("out.errors.jsonl"))
    #expect(!bench.folder.names.contains { $0.contains("partial") })
  }

  /// What of the last step was done when the process died.
  enum Done: CaseIterable {
    case nothing
    case errorsNamed
    case bothNamed
    /// The output has both its names: it was linked to the new one and not yet unlinked from the old.
    case halfNamed
  }

  @Test(arguments: Done.allCases)
  func aDeathWhileTheFilesGetTheirNamesIsMadeGood(done: Done) async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(40) { $0 == 3 ? "\"bad\"" : "[\($0)]" })
    let finished = try await bench.run(bench.submission())
    let output = try #require(bench.folder.bytes("out.jsonl"))
    let errors = try #require(bench.folder.bytes("out.errors.jsonl"))
    // The same job once more, as it stood at that moment.
    let number = try #require(JobID(finished.id))
    let last = try await bench.store.existingJob(number)
    let again = try await bench.store.insertJob(last.job)
    try await bench.store.updateJob(
      again.id, fence: nil, JobUpdate(state: .finalizing, version: "1", checkpoint: last.checkpoint))
    let folder = bench.folder
    switch done {
    case .bothNamed: break
    case .errorsNamed: rename(folder.file("out.jsonl"), folder.file("out.jsonl.partial"))
    case .halfNamed: link(folder.file("out.jsonl"), folder.file("out.jsonl.partial"))
    case .nothing:
      rename(folder.file("out.jsonl"), folder.file("out.jsonl.partial"))
      rename(folder.file("out.errors.jsonl"), folder.file("out.errors.jsonl.partial"))
    }
    let job = try await bench.running { try await $0.ended(again.id.description) }
    #expect(job.state == .succeeded)
    #expect(folder.bytes("out.jsonl") == output)
    #expect(folder.bytes("out.errors.jsonl") == errors)
    #expect(!folder.names.contains { $0.contains("partial") })
  }

  @Test func anOutputThatWasTamperedWithAtTheEndIsNotPublished() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(40))
    let finished = try await bench.run(bench.submission())
    let number = try #require(JobID(finished.id))
    let last = try await bench.store.existingJob(number)
    let again = try await bench.store.insertJob(last.job)
    try await bench.store.updateJob(
      again.id, fence: nil, JobUpdate(state: .finalizing, version: "1", checkpoint: last.checkpoint))
    try bench.folder.write("out.jsonl", "short")
    let job = try await bench.running { try await $0.ended(again.id.description) }
    #expect(job.state == .failed)
    #expect(job.message?.contains("it has 5 bytes, but the job wrote \(last.checkpoint.outputLength)") == true)
  }

  @Test func aPartialOutputThatIsGoneIsMadeAgain() async throws {
    let bench = try self.bench()
    bench.cluster.change { $0.turns = 40 }
    let id = try #require(JobID(try await bench.makeService().submit(bench.submission(batchSize: 16)).id))
    while try await bench.store.existingJob(id).checkpoint.rows == 0 {
      try await self.runAndKill(bench, afterRequests: 50)
    }
    unlink(bench.folder.file("out.jsonl.partial"))
    let ended = try await bench.running { try await $0.ended(id.description) }
    #expect(ended.state == .succeeded)
    #expect(ended.rowsDone == Self.rowCount)
    let rows = bench.folder.text("out.jsonl")?.split(separator: "\n").count
    #expect(rows == Self.rowCount - ended.rowsFailed)
  }

  @Test func twoServicesOnOneStoreDoNotWriteOneJobTwice() async throws {
    let bench = try self.bench()
    bench.cluster.change { $0.turns = 10 }
    let first = bench.makeService()
    let second = bench.makeService()
    let id = try await first.submit(bench.submission(batchSize: 16)).id
    let tasks = [Task { await first.run() }, Task { await second.run() }]
    let job = try await first.ended(id)
    first.stop()
    second.stop()
    for task in tasks { await task.value }
    #expect(job.state == .succeeded)
    #expect(job.rowsDone == Self.rowCount)
    let rows = bench.folder.text("out.jsonl")?.split(separator: "\n").count
    #expect(rows == Self.rowCount - job.rowsFailed)
  }
}
