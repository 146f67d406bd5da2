import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

/// Several runners on one store.
struct JobLeaseTests {
  private static let rowCount = 6000

  private func bench(_ change: (inout Bench.Settings) -> Void = { _ in }) throws -> Bench {
    let bench = try Bench {
      $0.leaseSeconds = 1.5
      $0.limits.syncMilliseconds = 1
      change(&$0)
    }
    try bench.folder.write("in.jsonl", Bench.rows(Self.rowCount) { $0 % 61 == 3 ? "\"bad\"" : "[\($0)]" })
    return bench
  }

  @Test func aDeadRunnersJobIsTakenOverWhenItsLeaseEnds() async throws {
    let undisturbed = try self.bench()
    _ = try await undisturbed.run(undisturbed.submission())
    let bench = try self.bench()
    let id = try #require(JobID(try await bench.makeService().submit(bench.submission()).id))
    bench.cluster.change { $0.permits = 200 }
    let dead = bench.makeRunner("dead")
    let death = Task { await dead.run() }
    try await eventually {
      let job = try await bench.store.existingJob(id)
      return bench.cluster.isExhausted && job.checkpoint.rows > 0
    }
    death.cancel()
    await death.value
    let left = try await bench.store.existingJob(id)
    #expect(left.state == .running)
    #expect(left.lease?.runner == "dead")
    bench.cluster.change { $0.permits = nil }
    let heir = bench.makeRunner("heir")
    let life = Task { await heir.run() }
    try await eventually { try await bench.store.existingJob(id).state.isFinal }
    heir.stop()
    await life.value
    let ended = try await bench.store.existingJob(id)
    #expect(ended.state == .succeeded)
    #expect(ended.attempt == 2)
    #expect(ended.wasAbandoned)
    #expect(ended.contributions.workers["w1"] == ended.checkpoint.predictedRows, "each row is counted once")
    for name in ["out.jsonl", "out.errors.jsonl"] {
      #expect(bench.folder.text(name) == undisturbed.folder.text(name))
    }
  }

  @Test func runnersShareTheJobsAndNoJobIsRunTwice() async throws {
    let bench = try self.bench {
      $0.maxRunning = 1
      // No lease may end before it is renewed, however busy the machine is: then a job would rightly be run twice.
      $0.leaseSeconds = 60
    }
    bench.cluster.change { $0.turns = 5 }
    let service = bench.makeService()
    var ids: [JobID] = []
    for number in 0..<6 {
      let submission = bench.submission("in.jsonl", "out-\(number).jsonl")
      ids.append(try #require(JobID(try await service.submit(submission).id)))
    }
    let runners = ["a", "b", "c"].map(bench.makeRunner)
    let tasks = runners.map { runner in Task { await runner.run() } }
    try await eventually { try await bench.store.jobs(in: JobRecord.State.unfinished).isEmpty }
    for runner in runners { runner.stop() }
    for task in tasks { await task.value }
    let first = bench.folder.text("out-0.jsonl")
    for (number, id) in ids.enumerated() {
      let job = try await bench.store.existingJob(id)
      #expect(job.state == .succeeded)
      #expect(job.attempt == 1, "whoever claimed it ran it to its end")
      #expect(job.fence == 1, "nobody else has claimed it")
      #expect(bench.folder.text("out-\(number).jsonl") == first)
    }
  }

  @Test func aRunnerElsewhereIsPausedResumedAndCancelled() async throws {
    let bench = try self.bench { $0.runsJobs = false }
    // So few answers that it cannot end by itself.
    bench.cluster.change { $0.permits = 40 }
    let runner = bench.makeRunner("elsewhere")
    let life = Task { await runner.run() }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).rowsDone > 0 }
      #expect(try await service.show(id).runner == "elsewhere")
      #expect(try await service.pause(id).state == .paused)
      _ = try await service.resume(id)
      try await eventually { try await service.show(id).state == .running }
      let cancelled = try await service.cancel(id)
      #expect(cancelled.state == .cancelled)
      #expect(cancelled.rowsDone > 0)
    }
    runner.stop()
    await life.value
  }

  @Test func aDeadRunnersJobIsCancelledWithoutAnotherRunner() async throws {
    let bench = try self.bench { $0.runsJobs = false }
    bench.cluster.change { $0.permits = 100 }
    let runner = bench.makeRunner("dead")
    let life = Task { await runner.run() }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).rowsDone > 0 && bench.cluster.isExhausted }
      life.cancel()
      await life.value
      try await eventually {
        let job = try await service.show(id)
        return job.message?.hasPrefix("waiting for a runner: 'dead' is dead") == true && job.rowsPerSecond == 0
      }
      _ = try await service.cancel(id)
      let ended = try await service.ended(id)
      #expect(ended.state == .cancelled)
      #expect(bench.folder.text("out.jsonl.partial")?.split(separator: "\n").count == ended.rowsDone - ended.rowsFailed)
    }
  }

  @Test func aRunnerWhoseLeaseCannotBeRenewedStopsByItself() async throws {
    let bench = try self.bench()
    bench.cluster.change { $0.permits = 100 }
    let id = try #require(JobID(try await bench.makeService().submit(bench.submission()).id))
    let runner = bench.makeRunner("stale")
    let life = Task { await runner.run() }
    try await eventually { bench.cluster.isExhausted }
    // Somebody else has taken the job: as if this one had been stopped for longer than its lease.
    let taken = try await bench.store.claimJob(id, by: "thief", leaseSeconds: 1000, at: 4e9)
    bench.cluster.change { $0.permits = nil }
    try await eventually { await runner.isIdle }
    let now = try await bench.store.existingJob(id)
    #expect(now.fence == taken.fence)
    #expect(now.lease?.runner == "thief")
    #expect(now.checkpoint == taken.checkpoint, "the one that was fenced out commits nothing")
    runner.stop()
    await life.value
  }
}
