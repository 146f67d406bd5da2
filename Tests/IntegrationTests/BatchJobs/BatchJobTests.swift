import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Batch jobs from file to file.
  @Suite struct BatchJobTests {
    @Test("20,000 rows, some of them bad: a prediction a good row in order, a line in the errors file for each bad one")
    func wholeJob() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("2", "a"), .digits("2", "b"), .digits("1", "c"))
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: 20_000, version: "2", badEvery: 997)
        let output = "\(cluster.folder)/out.jsonl"
        let result = try await cluster.augury(
          "jobs", "submit", "--model", "digits@2", "--input", input.path, "--output", output, "--wait", "--json")
        #expect(result.end == .exited(1), "some rows failed\n\(result.errors)")

        let looks = try decodeLines(result.output, as: Job.self)
        let job = try #require(looks.last)
        #expect(job.state == .succeeded)
        #expect(job.rowsDone == 20_000)
        #expect(job.rowsFailed == input.badRows.count)
        #expect(job.bytesDone == job.bytesTotal)
        #expect(job.version == "2")
        #expect(job.digest == (try await sha256(Digits.model("2"))))
        #expect(job.errors == "\(cluster.folder)/out.errors.jsonl")
        #expect(looks.map(\.rowsDone) == looks.map(\.rowsDone).sorted(), "rows only come to be done")

        expectAgreement(try readLines(output), with: input.predictions)
        #expect(try readLines(job.errors) == input.badRows)
        #expect(!fileExists("\(output).partial") && !fileExists("\(job.errors).partial"))
        let rows = try await eventually("the workers' figures") {
          let version = try await cluster.version("digits", "2")
          return version.rowsTotal == input.predictions.count ? version.rowsTotal : nil
        }
        #expect(rows == 20_000 - input.badRows.count)
      }
    }

    @Test("A job without bad rows leaves no errors file; one without rows makes an empty output")
    func clean() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("1", "a"))
        for rows in [0, 1, 300] {
          let input = try JobInput(at: "\(cluster.folder)/\(rows).jsonl", rows: rows, version: "1", badEvery: 0)
          let output = "\(cluster.folder)/\(rows).out.jsonl"
          let result = try await cluster.augury(
            "jobs", "submit", "--model", "digits", "--input", input.path, "--output", output, "--wait")
          #expect(result.end == .exited(0), "\(result.errors)")
          #expect(try readBytes(output).isEmpty == (rows == 0))
          expectAgreement(try readLines(output), with: input.predictions)
          #expect(!fileExists("\(cluster.folder)/\(rows).out.errors.jsonl"))
        }
        let done = try #require(try await cluster.client.jobs().last)
        let late = await #expect(throws: PredictionError.self) { try await cluster.client.cancelJob(done.id) }
        #expect(late?.code == .failedPrecondition, "it has succeeded already")
      }
    }

    @Test("Predictions that people wait for are not held up by a job")
    func onlineBesides() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "a"))
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: 60_000, version: "2", badEvery: 0)
        let job = try await cluster.client.submit(
          JobSubmission(model: "digits", input: input.path, output: "\(cluster.folder)/out.jsonl"))
        try await eventually("the job to run") { try await cluster.client.job(job.id).rowsDone > 0 }
        let row = Digits.instances([try Digits.rows()[0]])
        var asked = 0
        while try await !cluster.client.job(job.id).state.isFinal {
          let reply = try await cluster.client.ask(row, model: "digits", as: .json)
          #expect(reply.origin?.worker == "a")
          asked += 1
        }
        #expect(asked > 3, "one worker serves both at the same time")
        #expect(try await cluster.client.job(job.id).state == .succeeded)
      }
    }

    @Test("A job can be cancelled, shown and listed; what it has not finished does not look finished")
    func cancel() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "20ms"]))
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: 20_000, version: "1", badEvery: 0)
        let output = "\(cluster.folder)/out.jsonl"
        let submitted = try await cluster.augury(
          "jobs", "submit", "--model", "echo", "--input", input.path, "--output", output, "--batch-size", "16", "--json"
        )
        #expect(submitted.end == .exited(0))
        let job = try decode(submitted.output, as: Job.self)
        #expect([.queued, .running].contains(job.state))
        try await eventually("rows to be done") { try await cluster.client.job(job.id).rowsDone > 0 }

        let cancelled = try await cluster.augury("jobs", "cancel", job.id, "--json")
        #expect(cancelled.end == .exited(0), "\(cancelled.errors)")
        let end = try await cluster.augury("jobs", "watch", job.id)
        #expect(end.end == .exited(1))
        let shown = try decode(try await cluster.augury("jobs", "show", job.id, "--json").output, as: Job.self)
        #expect(shown.state == .cancelled)
        #expect((1..<20_000).contains(shown.rowsDone))
        #expect(shown.finishedAt != nil)
        #expect(!fileExists(output))
        let list = try decode(try await cluster.augury("jobs", "list", "--json").output, as: JobList.self)
        #expect(list.jobs.map(\.id) == [job.id])
        let table = try await cluster.augury("jobs", "list")
        #expect(table.lines.count == 2 && table.lines.last?.contains("cancelled") == true, "\(table.output)")
        let text = try await cluster.augury("jobs", "show", job.id).output
        for word in ["cancelled", "echo@1", input.path, output] { #expect(text.contains(word), "\(text)") }
        #expect(try await cluster.client.cancelJob(job.id).state == .cancelled, "twice is once")
        try await eventually("its work to be gone") { try await cluster.version("echo", "1").inFlight == 0 }
      }
    }

    @Test("Submissions that make no sense are refused by name, and jobs that are not there are NOT_FOUND")
    func refusals() async throws {
      try await RunningCluster.run { cluster in
        let (input, output) = ("\(cluster.folder)/in.jsonl", "\(cluster.folder)/out.jsonl")
        try writeText("[1]\n", to: input)
        try writeText("precious\n", to: output)
        let refused: [(JobSubmission, PredictionError.Code, String)] = [
          (
            JobSubmission(model: "echo", input: "\(cluster.folder)/none", output: "\(output)2"), .invalidArgument,
            "none"
          ),
          (JobSubmission(model: "echo", input: input, output: output), .alreadyExists, output),
          (JobSubmission(model: "echo", input: input, output: input, overwrite: true), .invalidArgument, input),
          (JobSubmission(model: "echo", input: "in.jsonl", output: "\(output)2"), .invalidArgument, "in.jsonl"),
          (JobSubmission(model: "no name", input: input, output: "\(output)2"), .invalidArgument, "no name"),
          (JobSubmission(model: "echo", input: input, output: "\(output)2", batchSize: 0), .invalidArgument, "0"),
          (JobSubmission(model: "echo", input: cluster.folder, output: "\(output)2"), .invalidArgument, cluster.folder),
          (JobSubmission(model: "echo", input: input, output: "/nowhere/at/all"), .invalidArgument, "/nowhere/at"),
        ]
        for (submission, code, word) in refused {
          let error = await #expect(throws: PredictionError.self) { try await cluster.client.submit(submission) }
          #expect(error?.code == code, "\(submission): \(error?.description ?? "")")
          #expect(error?.message.contains(word) == true, "\(error?.description ?? "")")
        }
        #expect(readText(output) == "precious\n")
        #expect(try await cluster.client.jobs().isEmpty)
        for command in ["show", "watch", "cancel"] {
          let result = try await cluster.augury("jobs", command, "j-nowhere")
          #expect(result.end == .exited(2), "\(command): \(result.errors)")
          #expect(result.errors.contains("j-nowhere"))
        }
      }
    }
  }
}
