import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

/// Pause, resume, expiry, deletion and what is told of them.
struct JobLifecycleTests {
  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test func aRunningJobRestsAfterACheckpointAndGoesOnWhereItWas() async throws {
    let undisturbed = try Bench()
    try undisturbed.folder.write("in.jsonl", Bench.rows(3000))
    _ = try await undisturbed.run(undisturbed.submission())
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(3000))
    bench.cluster.change { $0.turns = 50 }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).rowsDone >= 40 }
      let rests = try await service.pause(id)
      #expect(rests.state == .paused)
      #expect(rests.message == "paused by request; \(rests.rowsDone) rows are done")
      #expect(rests.runner == nil)
      #expect(bench.folder.text("out.jsonl.partial")?.split(separator: "\n").count == rests.rowsDone)
      #expect(try await service.pause(id) == rests, "twice is once")
      let chunks = bench.cluster.chunks
      let goesOn = try await service.resume(id)
      #expect(!goesOn.state.isFinal)
      let ended = try await service.ended(id)
      #expect(ended.state == .succeeded)
      #expect(ended.attempt == 2)
      #expect(bench.cluster.chunks - chunks == (3000 - rests.rowsDone) / 4, "what was done is not done again")
    }
    #expect(bench.folder.text("out.jsonl") == undisturbed.folder.text("out.jsonl"))
  }

  @Test func aJobThatWaitsRestsAndDoesNotBeginUntilItIsResumed() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let early = bench.makeService()
    let id = try await early.submit(bench.submission()).id
    #expect(try await early.pause(id).state == .paused)
    try await bench.running { service in
      let other = try await service.submit(bench.submission("in.jsonl", "b.jsonl")).id
      #expect(try await service.ended(other).state == .succeeded)
      #expect(try await service.show(id).state == .paused)
      _ = try await service.resume(id)
      #expect(try await service.ended(id).state == .succeeded)
    }
    let service = bench.makeService()
    for late in [
      await refusal { _ = try await service.pause(id) }, await refusal { _ = try await service.resume(id) },
    ] {
      #expect(late?.code == .failedPrecondition)
      #expect(late?.reason == "TOO_LATE")
    }
  }

  @Test func aPausedJobIsCancelledAndKeepsWhatItHas() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(3000))
    bench.cluster.change { $0.turns = 50 }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).rowsDone >= 40 }
      let rests = try await service.pause(id)
      let job = try await service.cancel(id)
      #expect(job.state == .cancelled)
      #expect(job.rowsDone == rests.rowsDone)
      #expect(job.message?.hasPrefix("cancelled; the first \(rests.rowsDone) rows are complete") == true)
    }
  }

  @Test func aJobExpiresWhetherItRunsOrWaits() async throws {
    let bench = try Bench { $0.maxRunning = 1 }
    try bench.folder.write("in.jsonl", Bench.rows(3000))
    bench.cluster.change { $0.turns = 50 }
    try await bench.running { service in
      bench.cluster.change { $0.permits = 60 }
      var submission = bench.submission()
      submission.expiresAt = self.now() + 4
      let running = try await service.submit(submission).id
      submission.output = bench.folder.file("b.jsonl")
      let waiting = try await service.submit(submission).id
      let ends = [try await service.ended(running), try await service.ended(waiting)]
      #expect(ends.map(\.state) == [.expired, .expired])
      #expect(ends[0].rowsDone > 0)
      #expect(ends[0].message?.contains("the first \(ends[0].rowsDone) rows are complete") == true)
      #expect(ends[1].message == "expired: it had not ended by the time it was given; no row was written")
      #expect(bench.folder.text("out.jsonl.partial")?.split(separator: "\n").count == ends[0].rowsDone)
    }
  }

  @Test func whatHasEndedIsDeletedAndWhatHasNotIsKept() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(8))
    bench.cluster.change { $0.isHeld = true }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).state == .running }
      let refused = await refusal { _ = try await service.delete(id) }
      #expect(refused?.code == .failedPrecondition)
      #expect(refused?.message.contains("is running") == true)
      bench.cluster.change { $0.isHeld = false }
      _ = try await service.ended(id)
      #expect(try await service.delete(id).state == .succeeded)
      let gone = await refusal { _ = try await service.show(id) }
      #expect(gone?.code == .notFound)
      #expect(bench.folder.text("out.jsonl")?.split(separator: "\n").count == 8)
    }
  }

  @Test func jobsAreForgottenWhenTheirTimeIsOver() async throws {
    let bench = try Bench { $0.retentionSeconds = 0 }
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let store = bench.store
    var kept = bench.submission("in.jsonl", "b.jsonl")
    kept.retentionSeconds = 1000
    let submissions = [bench.submission(), kept]
    let ids = try await bench.running { service in
      var ids: [String] = []
      for submission in submissions { ids.append(try await service.submit(submission).id) }
      try await eventually { try await store.jobs(in: JobRecord.State.unfinished).isEmpty }
      return ids
    }
    try await bench.running { service in
      try await eventually { try await service.list().map(\.id) == [ids[1]] }
    }
  }

  @Test func tooManyFailedRowsEndAJobAtTheSameChunkEveryTime() async throws {
    var messages: Set<String?> = []
    for turns in [0, 50] {
      let bench = try Bench()
      try bench.folder.write("in.jsonl", Bench.rows(400) { $0 % 10 == 3 ? "\"bad\"" : "[\($0)]" })
      bench.cluster.change { $0.turns = turns }
      var submission = bench.submission()
      submission.maxErrors = 5
      let job = try await bench.run(submission)
      #expect(job.state == .failed)
      #expect(job.rowsFailed == 6)
      #expect(job.message?.hasPrefix("too many rows failed: 6 of 56, 5 may; the first 56 rows are complete") == true)
      #expect(bench.folder.text("out.jsonl.partial")?.split(separator: "\n").count == 50)
      messages.insert(job.message?.replacing(bench.folder.path, with: ""))
    }
    #expect(messages.count == 1)
  }

  @Test func aShareOfFailedRowsIsJudgedAtTheEndOfASmallJob() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(40) { $0 < 4 ? "\"bad\"" : "[\($0)]" })
    var submission = bench.submission()
    submission.maxErrorPercent = 10
    let fine = try await bench.run(submission)
    #expect(fine.state == .succeeded, "10 % failed, 10 % may")
    submission.output = bench.folder.file("b.jsonl")
    submission.maxErrorPercent = 9.9
    let failed = try await bench.run(submission)
    #expect(failed.state == .failed)
    #expect(failed.rowsDone == 40)
  }

  @Test func eventsTellEveryStateInOrderWhoeverRunsTheJob() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(8))
    let service = bench.makeService()
    let heard = EventLog()
    let listening = Task { await service.events.run(after: 0) { heard.append($0) } }
    let id = try await service.submit(bench.submission()).id
    // Not this service's own runner: another one on the same store.
    let runner = bench.makeRunner("elsewhere")
    let running = Task { await runner.run() }
    _ = try await service.ended(id)
    runner.stop()
    await running.value
    service.events.stop()
    await listening.value
    #expect(heard.kinds == ["queued", "validating", "running", "finalizing", "succeeded"])
    #expect(try await bench.store.jobsAwaitingNotification(limit: 9).map(\.id.description) == [id])
  }

  @Test func aJobThatWillEndTooLateSaysSoOnce() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(400))
    bench.cluster.change { $0.permits = 10 }
    try await bench.running { service in
      var submission = bench.submission()
      submission.finishBy = self.now() + 0.2
      let id = try await service.submit(submission).id
      try await eventually { bench.cluster.isExhausted && self.now() > (submission.finishBy ?? 0) }
      bench.cluster.change { $0.permits = nil }
      let job = try await service.ended(id)
      #expect(job.state == .succeeded)
      #expect(job.isLate == true)
    }
    let late = try await bench.store.jobEvents(after: 0, limit: 100).count { $0.kind == JobEventRecord.late }
    #expect(late == 1)
  }

  @Test func rowsAreCountedByWhoPredictedThem() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(300) { $0 % 50 == 3 ? "\"bad\"" : "[\($0)]" })
    let job = try await bench.run(bench.submission())
    #expect(job.rowsByWorker == ["w1": 294])
    #expect(job.rowsByVersion == ["1": 294])
    #expect(job.rowsDone == 300)
  }

  @Test func aJobWithoutSyncGivesTheSameBytes() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(500) { $0 % 50 == 3 ? "\"bad\"" : "[\($0)]" })
    _ = try await bench.run(bench.submission())
    var submission = bench.submission("in.jsonl", "b.jsonl")
    submission.sync = false
    let job = try await bench.run(submission)
    #expect(job.state == .succeeded)
    #expect(bench.folder.text("b.jsonl") == bench.folder.text("out.jsonl"))
    #expect(bench.folder.text("b.errors.jsonl") == bench.folder.text("out.errors.jsonl"))
  }
}
