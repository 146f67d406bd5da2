import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Which version answers, and that the reply says so.
  @Suite struct VersionTests {
    @Test("The reply names the version, the digest of its file and the worker")
    func origin() async throws {
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("1", "one"), .digits("2", "two"))
        for (version, worker) in [("1", "one"), ("2", "two")] {
          let reply = try await cluster.client.ask(
            Digits.instances(rows.prefix(1)), model: "digits", version: version, as: .json)
          let origin = try #require(reply.origin)
          #expect(origin.model == "digits")
          #expect(origin.version == version)
          #expect(origin.worker == worker)
          #expect(hexadecimal(origin.digest) == (try await sha256(Digits.model(version))))
          #expect(reply.attempts == 1)
        }
        let status = try await cluster.version("digits", "2")
        #expect(status.digest == (try await sha256(Digits.model("2"))))
      }
    }

    @Test("Without a version the highest ready one answers: 10 before 9, and the next as soon as that one leaves")
    func highest() async throws {
      try await RunningCluster.run { cluster in
        let programs = try await cluster.startWorkers(
          .echo("nine", version: "9"), .echo("ten", version: "10"), .echo("two", version: "2"))
        #expect(try await cluster.client.ask("x").origin?.version == "10")
        #expect(try await cluster.client.ask("x", version: "2").origin?.version == "2")

        programs[1].send(SIGTERM)
        #expect(try await programs[1].waitForEnd() == .exited(0))
        try await cluster.waitUntilGone("ten")
        #expect(try await cluster.client.ask("x").origin?.version == "9")

        try await cluster.startWorker(.echo("ten-again", version: "10"))
        #expect(try await cluster.client.ask("x").origin?.version == "10")
      }
    }

    @Test("A version that is still loading does not take over from one that is ready")
    func loading() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("one", version: "1"))
        let loading = try RawWorker(to: cluster.endpoints.backend, name: "two", version: "2")
        try await loading.join()
        #expect(try await cluster.client.ask("x").origin?.version == "1")
        #expect(try await cluster.version("echo", "2").state == .warming)

        try loading.ready()
        try await eventually("version 2 to be ready") { try await cluster.version("echo", "2").state == .ready }
        let outcomes = try await sendAll(["y"], to: cluster.client) {
          let work = try await loading.work()
          try loading.answer(work.header, with: work.payload)
        }
        #expect(outcomes.replies.map { $0.origin?.version } == ["2"])
      }
    }
  }
}
