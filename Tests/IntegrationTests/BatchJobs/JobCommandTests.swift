import AuguryClient
import Testing

extension Cluster {
  /// What `augury jobs` has done to a job, from the command line to the store and back.
  @Suite struct JobCommandTests {
    @Test("A job is paused, found, resumed, watched and deleted; its key gives it again; what is too late is refused")
    func life() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "10ms"]))
        let input = try JobInput(at: "\(cluster.folder)/in.jsonl", rows: 3000, version: "1", badEvery: 0)
        func submit() async throws -> Job {
          let result = try await cluster.augury(
            "jobs", "submit", "--model", "echo", "--input", input.path, "--output", "\(cluster.folder)/out.jsonl",
            "--batch-size", "16", "--label", "team=fraud", "--priority", "2", "--idempotency-key", "once", "--json")
          #expect(result.end == .exited(0), "\(result.errors)")
          return try decode(result.output, as: Job.self)
        }
        let job = try await submit()
        #expect(try await submit().id == job.id, "the same key is the same job")
        try await eventually("rows to be done") { try await cluster.client.job(job.id).rowsDone > 0 }

        let paused = try await cluster.augury("jobs", "pause", job.id)
        #expect(paused.end == .exited(0) && paused.output.hasPrefix("job \(job.id) paused"), "\(paused)")
        let done = try await cluster.client.job(job.id).rowsDone
        #expect((1..<3000).contains(done))
        let found = try await cluster.augury("jobs", "list", "--state", "queued,paused", "--label", "team=fraud")
        #expect(found.lines.count == 2 && found.output.contains("team=fraud"), "\(found.output)")
        for filter in [["--state", "running"], ["--label", "team=risk"], ["--model", "digits"]] {
          let none = try await runCommand(
            "\(Programs.folder)/augury", ["jobs", "list", "--broker", cluster.endpoints.frontend] + filter)
          #expect(none.output == "no such jobs\n", "\(filter): \(none.output)")
        }
        let shown = try await cluster.augury("jobs", "show", job.id).output
        #expect(
          shown.contains("\(cluster.folder)/out.jsonl.partial") && shown.contains("jobs resume \(job.id)"), "\(shown)")
        #expect(try await cluster.client.job(job.id).rowsDone == done, "nothing goes on")

        #expect(try await cluster.augury("jobs", "delete", job.id).end == .exited(2), "it has not ended")
        #expect(try await cluster.augury("jobs", "resume", job.id).end == .exited(0))
        let watched = try await cluster.augury("jobs", "watch", job.id)
        #expect(watched.end == .exited(0), "\(watched.errors)")
        #expect(watched.lines.last?.hasPrefix("job \(job.id) succeeded  100%  3,000 rows") == true)
        #expect(watched.lines.count <= 110, "a line a change, not a line a look")

        for order in ["pause", "resume", "retry-failed"] {
          let refused = try await cluster.augury("jobs", order, job.id)
          #expect(refused.end == .exited(2) && refused.errors.contains("FAILED_PRECONDITION"), "\(order): \(refused)")
        }
        let deleted = try await cluster.augury("jobs", "delete", job.id)
        #expect(deleted.output == "job \(job.id) deleted, it had succeeded; its files stay\n")
        #expect(fileExists("\(cluster.folder)/out.jsonl"))
        #expect(try await cluster.augury("jobs", "show", job.id).end == .exited(2))
        #expect(try await cluster.augury("jobs", "list").output == "no jobs\n")
      }
    }
  }
}
