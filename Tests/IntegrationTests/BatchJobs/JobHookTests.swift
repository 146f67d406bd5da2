import AuguryClient
import Glibc
import Testing

extension Cluster {
  /// Whoever is to be told of the end of a batch job is told, whatever happens to the broker.
  @Suite struct JobHookTests {
    /// A hook that notes the job's number and state in a file, and fails as long as another file is there.
    private static func hook(in folder: String) throws -> String {
      let path = "\(folder)/hook.sh"
      try writeText(
        """
        #!/bin/sh
        [ ! -e "\(folder)/closed" ] || exit 1
        cat > "\(folder)/job-$AUGURY_JOB_ID.json"
        echo "$AUGURY_JOB_ID $AUGURY_JOB_STATE" >> "\(folder)/told"

        """, to: path)
      try #require(chmod(path, 0o755) == 0)
      return path
    }

    @Test("The operator's command has the job at its end; one that could not be told is told by the next broker")
    func command() async throws {
      try await withTemporaryFolder { folder in
        let hook = try Self.hook(in: folder)
        try await RunningCluster.run(flags: ["--job-hook", hook]) { cluster in
          try await cluster.startWorkers(.digits("2", "a"))
          let input = try JobInput(at: "\(folder)/in.jsonl", rows: 500, version: "2", badEvery: 100)
          func run(_ output: String) async throws -> Job {
            let result = try await cluster.augury(
              "jobs", "submit", "--model", "digits", "--input", input.path, "--output", "\(folder)/\(output)",
              "--wait", "--json")
            return try #require(try decodeLines(result.output, as: Job.self).last)
          }
          let first = try await run("first.jsonl")
          try await eventually("the word about the first job") {
            readText("\(folder)/told") == "\(first.id) succeeded\n"
          }
          let told = try decode(readText("\(folder)/job-\(first.id).json"), as: Job.self)
          #expect(told.state == .succeeded && told.rowsDone == 500 && told.rowsFailed == input.badRows.count)

          try writeText("", to: "\(folder)/closed")
          let second = try await run("second.jsonl")
          let broker = try cluster.broker
          broker.send(SIGKILL)
          _ = try await broker.waitForEnd()
          unlink("\(folder)/closed")
          try await cluster.restartBroker()
          try await eventually("the word about the second job, and none about the first again") {
            readText("\(folder)/told") == "\(first.id) succeeded\n\(second.id) succeeded\n"
          }
        }
      }
    }

    @Test("Notifications go where the operator allows and nowhere else; settings that make no sense are refused")
    func notifications() async throws {
      try await withTemporaryFolder { folder in
        try await RunningCluster.run(flags: ["--allow-notify", "https://hooks.example.com/augury"]) { cluster in
          try await cluster.startWorkers(.echo("a"))
          try writeText("[1]\n", to: "\(folder)/in.jsonl")
          for (url, word) in [
            ("http://127.0.0.1/", "https://hooks.example.com/augury"), ("https://hooks.example.com/", "is not allowed"),
            ("https://hooks.example.com/augury/../x", "plain"),
          ] {
            let result = try await cluster.augury(
              "jobs", "submit", "--model", "echo", "--input", "\(folder)/in.jsonl", "--output", "\(folder)/out.jsonl",
              "--notify", url)
            #expect(result.end == .exited(2))
            #expect(result.errors.contains(word), "\(result.errors)")
          }
          #expect(try await cluster.client.jobs().isEmpty)
        }
        for flags in [["--job-hook", "\(folder)/nothing"], ["--allow-notify", "example.com"]] {
          let result = try await runCommand(
            "\(Programs.folder)/broker", flags + ["--data-dir", "\(folder)/data"])
          #expect(result.end == .exited(64))
          #expect(result.errors.contains(flags[1]), "\(result.errors)")
        }
      }
    }
  }
}
