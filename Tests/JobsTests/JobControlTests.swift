import AuguryClient
import Glibc
import Jobs
import QueueCore
import Store
import Testing

struct JobControlTests {
  @Test func aRunningJobIsCancelledAndItsPartialOutputIsWhole() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(40) { $0 == 3 ? "\"bad\"" : "[\($0)]" })
    _ = try await bench.run(bench.submission(batchSize: 8))
    let whole = try #require(bench.folder.text("out.jsonl"))
    let partial = try Bench()
    try partial.folder.write("in.jsonl", Bench.rows(4000) { $0 == 3 ? "\"bad\"" : "[\($0)]" })
    partial.cluster.change {
      $0.turns = 50
      // So that it cannot end before it is cancelled, however slow this test is.
      $0.permits = 200
    }
    let job = try await partial.running { service in
      let id = try await service.submit(partial.submission(batchSize: 8)).id
      try await eventually { try await service.show(id).rowsDone >= 40 }
      let cancelled = try await service.cancel(id)
      #expect(try await service.cancel(id) == cancelled)
      return cancelled
    }
    #expect(job.state == .cancelled)
    let predictions = job.rowsDone - 1
    #expect(
      job.message
        == "cancelled; the first \(job.rowsDone) rows are complete: \(predictions) predictions in "
        + "'\(partial.folder.file("out.jsonl.partial"))', 1 errors in "
        + "'\(partial.folder.file("out.errors.jsonl.partial"))'")
    let left = try #require(partial.folder.text("out.jsonl.partial"))
    #expect(left.hasPrefix(whole))
    #expect(left.split(separator: "\n").count == predictions)
    #expect(partial.folder.bytes("out.jsonl") == nil)
  }

  @Test func aJobThatHasNotBegunIsCancelledWithoutATrace() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let service = bench.makeService()
    let id = try await service.submit(bench.submission()).id
    let job = try await service.cancel(id)
    #expect(job.state == .cancelled)
    #expect(job.message == "cancelled; no row was written")
    #expect(!bench.folder.names.contains { $0.hasPrefix("out") })
    // It does not begin after all.
    try await bench.running { service in
      let other = try await service.submit(bench.submission("in.jsonl", "b.jsonl")).id
      _ = try await service.ended(other)
      #expect(try await service.show(id).state == .cancelled)
    }
  }

  @Test func aJobThatWaitsForAWorkerIsCancelled() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    bench.cluster.change { $0.versions[0].isReady = false }
    try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { try await service.show(id).message != nil }
      #expect(try await service.cancel(id).state == .cancelled)
    }
  }

  @Test func aCancellationThatWasAskedForBeforeACrashHolds() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let id = try await bench.makeService().submit(bench.submission()).id
    let number = try #require(JobID(id))
    try await bench.store.updateJob(number, fence: nil, JobUpdate(state: .running, cancelRequested: true))
    let job = try await bench.running { try await $0.ended(id) }
    #expect(job.state == .cancelled)
    #expect(bench.cluster.requests == 0)
  }

  @Test func whatHasEndedCannotBeCancelled() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let id = try await bench.run(bench.submission()).id
    let service = bench.makeService()
    let late = await refusal { _ = try await service.cancel(id) }
    #expect(late?.code == .failedPrecondition)
    #expect(late?.message == "job \(id) cannot be cancelled, it is succeeded already")
  }

  @Test(arguments: ["99", "", "x", "-1"])
  func aJobThatDoesNotExistIsNotFound(id: String) async throws {
    let bench = try Bench()
    let service = bench.makeService()
    for failure in [
      await refusal { _ = try await service.show(id) }, await refusal { _ = try await service.cancel(id) },
    ] {
      #expect(failure?.code == .notFound)
      #expect(failure?.message == "there is no job \"\(id)\"")
    }
  }

  @Test func aStoppedServiceGoesOnWhereItWas() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4000))
    bench.cluster.change { $0.turns = 50 }
    let id = try await bench.running { service in
      let id = try await service.submit(bench.submission()).id
      try await eventually { bench.cluster.chunks > 30 }
      return id
    }
    let number = try #require(JobID(id))
    let stopped = try #require(try await bench.store.job(number))
    #expect(stopped.state == .queued)
    #expect(stopped.lease == nil)
    #expect(stopped.checkpoint.rows > 0)
    #expect(bench.folder.bytes("out.jsonl.partial")?.count == Int(stopped.checkpoint.outputLength))
    let chunksBefore = bench.cluster.chunks
    let job = try await bench.running { try await $0.ended(id) }
    #expect(job.state == .succeeded)
    #expect(bench.folder.text("out.jsonl")?.split(separator: "\n").count == 4000)
    // What was checkpointed was not sent again.
    #expect(bench.cluster.chunks - chunksBefore == (4000 - Int(stopped.checkpoint.rows)) / 4)
  }

  @Test func anInputThatChangesWhileTheJobIsStoppedFailsIt() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let id = try await bench.makeService().submit(bench.submission()).id
    try bench.folder.write("in.jsonl", Bench.rows(5))
    let job = try await bench.running { try await $0.ended(id) }
    #expect(job.state == .failed)
    #expect(job.message?.contains("has changed since the job was submitted: it had 16 bytes and has 20") == true)
  }

  @Test func anInputThatIsGoneFailsTheJob() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let id = try await bench.makeService().submit(bench.submission()).id
    unlink(bench.folder.file("in.jsonl"))
    let job = try await bench.running { try await $0.ended(id) }
    #expect(job.state == .failed)
    #expect(job.message?.contains("No such file or directory") == true)
  }

  @Test func anOutputThatAppearsWhileTheJobRunsIsNotReplaced() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    let id = try await bench.makeService().submit(bench.submission()).id
    try bench.folder.write("out.jsonl", "mine")
    let job = try await bench.running { try await $0.ended(id) }
    #expect(job.state == .failed)
    #expect(job.message?.contains("it has appeared since the job was submitted") == true)
    #expect(bench.folder.text("out.jsonl") == "mine")
    #expect(bench.folder.text("out.jsonl.partial")?.split(separator: "\n").count == 4)
  }

  @Test func overwritingReplacesTheOutputAndRemovesErrorsOfTheJobBefore() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(4))
    try bench.folder.write("out.jsonl", "old")
    try bench.folder.write("out.errors.jsonl", "old")
    let job = try await bench.run(bench.submission(overwrite: true))
    #expect(job.state == .succeeded)
    #expect(bench.folder.text("out.jsonl")?.split(separator: "\n").count == 4)
    #expect(bench.folder.bytes("out.errors.jsonl") == nil)
  }
}
