import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

/// A job whose process dies again and again, at any moment, ends with the bytes of one that was left alone.
struct JobCrashTests {
  private static let rowCount = 12_000

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
      // So that answers are not used up for chunks far behind the one that is to be written next.
      $0.limits.maximumWindow = 4
      $0.limits.openChunks = 6
      $0.limits.syncMilliseconds = 1
    }
    try bench.folder.write("in.jsonl", Bench.rows(Self.rowCount, Self.row))
    return bench
  }

  /// Runs a service until it has had that many answers, or the job has ended, and lets it die: its task is cancelled,
  /// so that nothing is made durable any more. If it lingers, what it has written by then may be checkpointed.
  private func runAndKill(
    _ bench: Bench, _ id: JobID, afterAnswers answers: Int, lingering: Bool
  ) async throws {
    bench.cluster.change { $0.permits = answers }
    let service = bench.makeService()
    let task = Task { await service.run() }
    try await eventually {
      if bench.cluster.isExhausted { return true }
      return try await bench.store.existingJob(id).state.isFinal
    }
    var looks = lingering ? 10 : 0
    try await eventually {
      looks -= 1
      return looks < 0
    }
    task.cancel()
    await task.value
    bench.cluster.change { $0.permits = nil }
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

  /// The first line in which two texts differ, or nil.
  private func difference(_ left: String?, _ right: String?) -> String? {
    guard let left, let right else { return "a file is missing" }
    let lines = (left.split(separator: "\n"), right.split(separator: "\n"))
    guard let (found, expected) = zip(lines.0, lines.1).first(where: { $0 != $1 }) else {
      return left == right ? nil : "\(lines.0.count) lines, expected \(lines.1.count)"
    }
    return "\(found), expected \(expected)"
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
      $0.poisonOneIn = 300
    }
    var random = SplitMix64(seed: 3)
    let id = try #require(JobID(try await bench.makeService().submit(bench.submission(batchSize: 16)).id))
    var deaths = 0
    var places: Set<UInt64> = []
    while deaths < 60, !(try await bench.store.existingJob(id).state.isFinal) {
      try await self.runAndKill(
        bench, id, afterAnswers: Int.random(in: 4...50, using: &random), lingering: random.chance(oneIn: 2))
      let job = try await bench.store.existingJob(id)
      guard job.state == .running else { continue }
      deaths += 1
      places.insert(job.checkpoint.rows)
      if random.chance(oneIn: 2) { try self.tear(bench, job, &random) }
    }
    #expect(deaths >= 50)
    #expect(places.count >= 25, "the deaths were at \(places.sorted())")
    let job = try await bench.running { try await $0.ended(id.description) }
    #expect(job.state == .succeeded)
    #expect(job.message == nil)
    #expect(job.rowsFailed == expected.rowsFailed)
    for name in ["out.jsonl", "out.errors.jsonl"] {
      #expect(self.difference(bench.folder.text(name), undisturbed.folder.text(name)) == nil)
    }
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
    try await self.runAndKill(bench, id, afterAnswers: 200, lingering: true)
    try #require(try await bench.store.existingJob(id).checkpoint.rows > 0)
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
    let second = bench.makeService(runner: "another")
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
