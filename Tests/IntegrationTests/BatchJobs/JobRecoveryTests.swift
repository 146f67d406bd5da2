import AuguryClient
import Glibc
import Testing

extension Cluster {
  /// Jobs whose cluster falls apart under them: the output is that of an undisturbed run, byte for byte.
  @Suite struct JobRecoveryTests {
    private static let rows = 100_000
    /// Small, so that there is time for something to go wrong.
    private static let batchSize = 16

    @Test("A worker that is killed in the middle of a job costs nothing")
    func workerKilled() async throws {
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(.digits("2", "a"), .digits("2", "b"))
        let input = try Self.input(cluster)
        let undisturbed = try await Self.run(input, "undisturbed", cluster)
        let disturbed = try await Self.run(input, "disturbed", cluster) { _ in
          workers[0].send(SIGKILL)
          _ = try await workers[0].waitForEnd()
        }
        try Self.expectSame(disturbed, undisturbed, input)
        #expect(try await cluster.counter("workers_lost") == 1)
      }
    }

    @Test("A broker that is killed in the middle of a job goes on with it, without a lost or doubled row")
    func brokerKilled() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("2", "a"), .digits("2", "b"))
        let input = try Self.input(cluster)
        let undisturbed = try await Self.run(input, "undisturbed", cluster)
        let disturbed = try await Self.run(input, "disturbed", cluster) { job in
          for round in 1...2 {
            try cluster.broker.send(SIGKILL)
            _ = try await cluster.broker.waitForEnd()
            if round == 1 {
              #expect(!fileExists(job.output), "an output that is not complete does not have its name")
            }
            try await cluster.restartBroker()
            let now = try await eventually("the job to go on") {
              let now = try await cluster.job(job.id)
              return now.state.isFinal || now.rowsDone > job.rowsDone ? now : nil
            }
            // On a fast machine nothing may be left to disturb a second time.
            if now.state.isFinal { break }
          }
        }
        try Self.expectSame(disturbed, undisturbed, input)
      }
    }

    @Test("A job that loses its last worker waits for the next one; SIGTERM of the broker suspends it")
    func everybodyGone() async throws {
      try await RunningCluster.run(flags: ["--orphan-grace-milliseconds", "300"]) { cluster in
        let worker = try await cluster.startWorker(.digits("2", "a"))
        let input = try Self.input(cluster)
        let disturbed = try await Self.run(input, "disturbed", cluster) { job in
          worker.send(SIGKILL)
          try await eventually("the job to wait") { try await cluster.job(job.id).message != nil }
          try cluster.broker.send(SIGTERM)
          #expect(try await cluster.broker.waitForEnd() == .exited(0))
          try await cluster.restartBroker()
          let waiting = try await cluster.job(job.id)
          #expect(!waiting.state.isFinal)
          #expect(waiting.rowsDone >= job.rowsDone, "what is checkpointed stays done")
          try await cluster.startWorker(.digits("2", "b"))
        }
        expectAgreement(try readLines(disturbed.output), with: input.predictions)
        #expect(try readLines(disturbed.errors) == input.badRows)
      }
    }

    @Test("An input that is changed under a job fails it, by name, instead of giving half-true output")
    func inputChanged() async throws {
      try await RunningCluster.run { cluster in
        let worker = try await cluster.startWorker(.digits("2", "a"))
        let input = try Self.input(cluster)
        let job = try await cluster.client.submit(
          JobSubmission(
            model: "digits", input: input.path, output: "\(cluster.folder)/out.jsonl", batchSize: Self.batchSize))
        try await eventually("rows to be done") { try await cluster.job(job.id).rowsDone > 1000 }
        worker.send(SIGSTOP)
        try writeText("[0]\n", to: input.path)
        worker.send(SIGCONT)
        let end = try await Self.end(of: job.id, cluster)
        #expect(end.state == .failed)
        #expect(end.message?.contains(input.path) == true, "\(end.message ?? "")")
        #expect(!fileExists(job.output))
      }
    }

    @Test("Fifty kill -9 of broker and workers at random moments, some like a loss of power, change no byte")
    func killedFiftyTimes() async throws {
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(.digits("2", "a"), .digits("2", "b"))
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: 3 * Self.rows, version: "2", badEvery: 499)
        let undisturbed = try await Self.run(input, "undisturbed", cluster)
        let disturbed = try await Self.run(input, "disturbed", cluster) { job in
          var mayhem = Mayhem(cluster, job, workers: workers, seed: 20_26)
          while mayhem.kills < 50 {
            try #require(!fileExists(job.output), "the job is too short: it ended after \(mayhem.kills) kills")
            try await mayhem.strike()
          }
          #expect(Set(mayhem.blows.keys) == [.worker, .broker, .everything, .power], "\(mayhem.blows)")
        }
        try Self.expectSame(disturbed, undisturbed, input)
      }
    }

    @Test("Kill -9 of runners in processes of their own, of broker and workers, twenty in all, changes no byte")
    func runnersKilled() async throws {
      try await RunningCluster.run(flags: ["--no-job-runner"]) { cluster in
        let workers = try await cluster.startWorkers(.digits("2", "a"), .digits("2", "b"))
        let runners = try ["one", "two"].map { name in try cluster.launchRunner(name, leaseSeconds: 1) }
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: 2 * Self.rows, version: "2", badEvery: 499)
        let undisturbed = try await Self.run(input, "undisturbed", cluster)
        let disturbed = try await Self.run(input, "disturbed", cluster) { job in
          var mayhem = Mayhem(cluster, job, workers: workers, runners: runners, seed: 20_27)
          while mayhem.kills < 20 {
            try #require(!fileExists(job.output), "the job is too short: it ended after \(mayhem.kills) kills")
            try await mayhem.strike()
          }
          #expect(mayhem.blows[.runner, default: 0] > 1, "\(mayhem.blows)")
        }
        #expect((disturbed.attempt ?? 0) > 2, "others went on with it")
        try Self.expectSame(disturbed, undisturbed, input)
      }
    }

    private static func input(_ cluster: RunningCluster) throws -> JobInput {
      try JobInput(at: "\(cluster.folder)/in.jsonl", rows: Self.rows, version: "2", badEvery: 499)
    }

    /// Runs a job to its end and does something to the cluster once a tenth of it is done.
    private static func run(
      _ input: JobInput, _ name: String, _ cluster: RunningCluster,
      disturbing disturb: ((Job) async throws -> Void)? = nil
    ) async throws -> Job {
      let job = try await cluster.client.submit(
        JobSubmission(
          model: "digits", version: "2", input: input.path, output: "\(cluster.folder)/\(name).jsonl",
          batchSize: Self.batchSize))
      let underWay = try await eventually("a tenth to be done") {
        let now = try await cluster.job(job.id)
        return now.rowsDone > Self.rows / 10 ? now : nil
      }
      if let disturb {
        #expect(underWay.state == .running, "the job is too short to be disturbed")
        try await disturb(underWay)
      }
      let end = try await Self.end(of: job.id, cluster)
      #expect(end.state == .succeeded, "\(end.message ?? "")")
      #expect(end.rowsDone == input.rows)
      #expect(end.rowsFailed == input.badRows.count)
      return end
    }

    private static func end(of job: String, _ cluster: RunningCluster) async throws -> Job {
      try await eventually("the job to end", within: .seconds(90)) {
        let now = try await cluster.job(job)
        return now.state.isFinal ? now : nil
      }
    }

    private static func expectSame(_ disturbed: Job, _ undisturbed: Job, _ input: JobInput) throws {
      let output = try readBytes(disturbed.output)
      #expect(output == (try readBytes(undisturbed.output)), "byte for byte")
      #expect(try readBytes(disturbed.errors) == (try readBytes(undisturbed.errors)))
      expectAgreement(try readLines(disturbed.output), with: input.predictions)
      #expect(try readLines(disturbed.errors) == input.badRows)
    }
  }
}
