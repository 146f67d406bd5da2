import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Jobs run by processes of their own.
  @Suite struct RunnerTests {
    private static let rows = 150_000

    private static func runner(_ name: String, _ cluster: RunningCluster) async throws -> RunningProgram {
      let runner = try cluster.launchRunner(name)
      try await eventually("\(name) to start") { runner.logText.contains("runner starts") }
      return runner
    }

    @Test("A runner that is stopped loses its job to another; when it wakes up, nothing it writes gets into the output")
    func stoppedRunner() async throws {
      try await RunningCluster.run(flags: ["--no-job-runner"]) { cluster in
        try await cluster.startWorkers(.digits("2", "a"), .digits("2", "b"))
        let listener = try await EventListener(cluster)
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: Self.rows, version: "2", badEvery: 499)
        let runners = ["one": try await Self.runner("one", cluster), "two": try await Self.runner("two", cluster)]
        let undisturbed = try await Self.submit(input, "undisturbed", cluster)
        let expected = try await Self.end(of: undisturbed.id, cluster)
        #expect(expected.state == .succeeded)
        let topics = try await listener.topics(job: undisturbed.id, until: "job.succeeded")
        #expect(topics == ["job.queued", "job.validating", "job.running", "job.finalizing", "job.succeeded"])

        let job = try await Self.submit(input, "disturbed", cluster)
        let underWay = try await eventually("a tenth to be done") {
          let now = try await cluster.job(job.id)
          return now.rowsDone > Self.rows / 10 ? now : nil
        }
        let first = try #require(underWay.runner)
        let stopped = try #require(runners[first])
        stopped.send(SIGSTOP)
        let taken = try await eventually("the other runner to take over") {
          let now = try await cluster.job(job.id)
          return now.state.isFinal || now.runner.map { $0 != first } == true && now.state == .running ? now : nil
        }
        // In the middle of the other's work, if there still is some.
        stopped.send(SIGCONT)
        let end = try await Self.end(of: job.id, cluster)
        #expect(end.state == .succeeded, "\(end.message ?? "")")
        #expect(end.attempt == 2)
        #expect(taken.rowsDone >= underWay.rowsDone)
        #expect(try readBytes(end.output) == (try readBytes(expected.output)), "byte for byte")
        #expect(try readBytes(end.errors) == (try readBytes(expected.errors)))
        #expect(end.rowsByWorker?.values.reduce(0, +) == input.predictions.count, "each row is counted once")
        // It is as good as new.
        let again = try await Self.submit(input, "again", cluster)
        #expect(try await Self.end(of: again.id, cluster).state == .succeeded)
        for runner in runners.values {
          runner.send(SIGTERM)
          #expect(try await runner.waitForEnd() == .exited(0))
        }
      }
    }

    @Test("SIGTERM gives a job back after a checkpoint, another runner goes on at once; kill -9 costs a lease's time")
    func endedRunners() async throws {
      try await RunningCluster.run(flags: ["--no-job-runner"]) { cluster in
        try await cluster.startWorkers(.digits("2", "a"))
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: Self.rows, version: "2", badEvery: 499)
        let job = try await Self.submit(input, "out", cluster)
        #expect(try await cluster.job(job.id).state == .queued, "nobody runs it")
        let first = try await Self.runner("first", cluster)
        try await eventually("rows to be done") { try await cluster.job(job.id).rowsDone > 1000 }
        first.send(SIGTERM)
        #expect(try await first.waitForEnd() == .exited(0))
        let given = try await cluster.job(job.id)
        #expect(given.state == .queued)
        #expect(given.runner == nil)
        let second = try await Self.runner("second", cluster)
        try await eventually("more rows to be done") {
          let now = try await cluster.job(job.id)
          return now.state.isFinal || now.rowsDone > given.rowsDone
        }
        second.send(SIGKILL)
        _ = try await second.waitForEnd()
        _ = try await Self.runner("third", cluster)
        let end = try await Self.end(of: job.id, cluster)
        #expect(end.state == .succeeded)
        expectAgreement(try readLines(end.output), with: input.predictions)
        #expect(try readLines(end.errors) == input.badRows)
      }
    }

    private static func submit(_ input: JobInput, _ name: String, _ cluster: RunningCluster) async throws -> Job {
      try await cluster.client.submit(
        JobSubmission(
          model: "digits", version: "2", input: input.path, output: "\(cluster.folder)/\(name).jsonl", batchSize: 16))
    }

    private static func end(of job: String, _ cluster: RunningCluster) async throws -> Job {
      try await eventually("the job to end", within: .seconds(90)) {
        let now = try await cluster.job(job)
        return now.state.isFinal ? now : nil
      }
    }
  }
}
