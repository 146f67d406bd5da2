import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Engines that hang, and what becomes of the rows they hang on and of their neighbours.
  @Suite struct HungEngineTests {
    @Test("A row that hangs the engine is left out with a reason, and its neighbours are predicted in order")
    func lines() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(
          .echo("a", flags: ["--echo-hang-on", "stuck", "--call-timeout", "200ms"]))
        let rows = (0..<300).map { $0 == 123 ? "\"stuck\"" : "\($0)" }
        let reply = try await cluster.client.ask(rows.joined(separator: "\n"), as: .jsonLines)
        #expect(try reply.text(0).split(separator: "\n").map(String.init) == rows.filter { $0 != "\"stuck\"" })
        let errors = try reply.text(1).split(separator: "\n")
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix(#"{"row":123,"code":"INTERNAL","message":"#) == true)
        #expect(
          errors.first?.contains("stopped after 200ms") == true && errors.first?.contains("--call-timeout") == true)

        let error = try await cluster.client.refusal(of: "it is stuck")
        #expect(error.code == .internal && error.reason == "ENGINE_TIMEOUT")
        #expect(try await cluster.client.ask("fine").origin?.worker == "a", "the worker has survived it all")
      }
    }

    @Test("ONNX Runtime heeds the time-out, and the deadline of a request that it is in the middle of")
    func onnx() async throws {
      try await RunningCluster.run { cluster in
        var plan = WorkerPlan.echo("a", flags: ["--call-timeout", "1s"])
        plan.model = "slow"
        plan.engine = ["--file", "\(Programs.packageRoot)/Tests/InferenceTests/Fixtures/slow.onnx"]
        try await cluster.startWorker(plan)
        // As many steps as would take hours.
        let endless = Self.steps(100_000_000)
        let error = try await cluster.client.refusal(of: endless, model: "slow", as: .json)
        #expect(error.code == .internal && error.reason == "ENGINE_TIMEOUT", "\(error)")

        let late = try await cluster.client.refusal(of: endless, model: "slow", as: .json, timeout: .milliseconds(200))
        #expect(late.code == .deadlineExceeded)
        let reply = try await cluster.client.ask(Self.steps(2), model: "slow", as: .json)
        #expect(reply.origin?.worker == "a" && reply.attempts == 1)
      }
    }

    private static func steps(_ count: Int) -> String {
      #"{"inputs":[{"name":"count","datatype":"INT64","shape":[],"data":[\#(count)]}]}"#
    }

    @Test("A batch job leaves out the row that hangs the engine, and no other")
    func job() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(
          .echo("a", flags: ["--echo-hang-on", "stuck", "--call-timeout", "200ms"]),
          .echo("b", flags: ["--echo-hang-on", "stuck", "--call-timeout", "200ms"]))
        let (job, rows) = try await Self.submit(rows: 2000, guilty: 777, batchSize: 64, cluster)
        let end = try await eventually("the job to end") {
          let now = try await cluster.client.job(job.id)
          return now.state.isFinal ? now : nil
        }
        try Self.expect(end, rows, guilty: 777)
        #expect(try await cluster.counter("workers_lost") == 0)
      }
    }

    @Test("A row that hangs the engine for good costs workers, which say so, and is left out by the job all the same")
    func hardJob() async throws {
      try await RunningCluster.run { cluster in
        let flags = ["--echo-hang-hard-on", "stuck", "--call-timeout", "100ms"]
        var worker = try await cluster.startWorker(.echo("w0", flags: flags))
        worker.expectEnd()
        let (job, rows) = try await Self.submit(rows: 20, guilty: 7, batchSize: 2, cluster)
        var ends: [ProgramEnd] = []
        // What an init system would do.
        let end = try await eventually("the job to end", within: .seconds(90)) {
          if let end = worker.end {
            #expect(worker.logText.contains("does not end although it was stopped"), "\(worker.logTail)")
            ends.append(end)
            worker = try cluster.launch(.echo("w\(ends.count)", flags: flags))
            worker.expectEnd()
          }
          let now = try await cluster.client.job(job.id)
          return now.state.isFinal ? now : nil
        }
        try Self.expect(end, rows, guilty: 7)
        #expect(ends.allSatisfy { $0 == .exited(70) }, "\(ends)")
        #expect(ends.count >= 2)
        #expect(try await cluster.counter("requests_poisoned") >= 1)
      }
    }

    @Test("SIGTERM ends a worker whose engine hangs, and its request goes to another worker")
    func terminate() async throws {
      try await RunningCluster.run { cluster in
        let hung = try await cluster.startWorker(
          .echo("hung", flags: ["--echo-hang-hard-on", "stuck", "--call-timeout", "0", "--drain-grace", "300ms"]))
        let outcomes = try await sendAll(["it is stuck"], to: cluster.client) {
          try await eventually("the worker to be busy") { try await cluster.worker("hung")?.inFlight == 1 }
          try await cluster.startWorker(.echo("sound"))
          hung.send(SIGTERM)
          #expect(try await hung.waitForEnd(within: .seconds(10)) == .exited(0))
        }
        #expect(outcomes.replies.first?.origin?.worker == "sound")
        #expect(outcomes.replies.first?.attempts == 2)
      }
    }

    @Test("A worker that beats but never answers a batch request is dismissed, and another one answers it")
    func stuck() async throws {
      let variables = ["BATCH_MAX_ATTEMPTS": "2"]
      try await RunningCluster.run(flags: ["--batch-lease-milliseconds", "1000"], variables: variables) { cluster in
        let events = try await EventListener(cluster)
        let stuck = try RawWorker(to: cluster.endpoints.backend, name: "stuck")
        try await stuck.join(heartbeatMilliseconds: 400, liveness: 50)
        try stuck.ready()
        try await cluster.waitUntilReady(["stuck"])
        let sending = Task { try await cluster.client.ask("[1]\n", as: .jsonLines, requestClass: .batch) }
        _ = try await stuck.work()
        try await cluster.startWorker(.echo("sound"))
        let disconnect = try await stuck.disconnect()
        #expect(disconnect.status == .deadlineExceeded)
        #expect(disconnect.detail.reason == "STUCK")
        let reply = try await sending.value
        #expect(reply.origin?.worker == "sound" && reply.attempts == 2)
        #expect(try reply.text() == "[1]\n")
        try await events.event("worker.stuck", worker: "stuck")
        #expect(try await events.event("worker.lost", worker: "stuck").requeued == 1)
        #expect(try await cluster.counter("workers_stuck") == 1)
      }
    }

    // MARK: Jobs

    /// Submits a job on `echo` whose rows are their numbers from 0, with the exception of one on which engines hang.
    private static func submit(
      rows count: Int, guilty: Int, batchSize: Int, _ cluster: RunningCluster
    ) async throws -> (job: Job, rows: [String]) {
      let rows = (0..<count).map { $0 == guilty ? "\"stuck\"" : "\($0)" }
      let input = "\(cluster.folder)/in.jsonl"
      try writeText(rows.joined(separator: "\n") + "\n", to: input)
      let job = try await cluster.client.submit(
        JobSubmission(
          model: "echo", input: input, output: "\(cluster.folder)/out.jsonl", batchSize: batchSize))
      return (job, rows)
    }

    private static func expect(_ job: Job, _ rows: [String], guilty: Int) throws {
      #expect(job.state == .succeeded, "\(job.message ?? "")")
      #expect(job.rowsDone == rows.count && job.rowsFailed == 1)
      #expect(readText(job.output) == rows.filter { $0 != rows[guilty] }.map { "\($0)\n" }.joined())
      let offset = rows[..<guilty].reduce(0) { $0 + $1.utf8.count + 1 }
      let bad = JobInput.BadRow(row: guilty + 1, line: guilty + 1, offset: offset, code: "INTERNAL")
      #expect(try readLines(job.errors, as: JobInput.BadRow.self) == [bad])
    }
  }
}
