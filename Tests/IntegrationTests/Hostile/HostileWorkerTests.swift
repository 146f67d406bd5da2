import AuguryClient
import QueueCore
import Testing

extension Cluster {
  /// What no worker should send: it is dismissed or dropped, and its work is done by others.
  @Suite struct HostileWorkerTests {
    @Test("A worker that says READY twice is dismissed, and its work goes to another")
    func secondReady() async throws {
      try await RunningCluster.run { cluster in
        let liar = try RawWorker(to: cluster.endpoints.backend, name: "liar")
        try await liar.serve()
        try await cluster.waitUntilReady(["liar"])
        let outcomes = try await sendAll(["mine"], to: cluster.client) {
          _ = try await liar.work()
          try liar.ready()
          let dismissal = try await liar.disconnect()
          #expect(dismissal.status == .failedPrecondition)
          #expect(dismissal.detail.reason == "SECOND_READY")
          try await cluster.startWorker(.echo("honest"))
        }
        #expect(outcomes.replies.map { $0.origin?.worker } == ["honest"])
        #expect(outcomes.replies.map(\.attempts) == [2])
        #expect(try await cluster.counter("workers_misbehaved") == 1)
      }
    }

    @Test("A result for work that the sender does not have, or has answered, is dropped and counted")
    func lateResults() async throws {
      try await RunningCluster.run { cluster in
        let honest = try RawWorker(to: cluster.endpoints.backend, name: "honest")
        let liar = try RawWorker(to: cluster.endpoints.backend, name: "liar", version: "0")
        try await honest.serve()
        try await liar.serve()
        try await cluster.waitUntilReady(["honest", "liar"])
        let outcomes = try await sendAll(["question"], to: cluster.client, version: "1") {
          let work = try await honest.work().header
          let lie = [Array("lie".utf8)]
          try liar.answer(work, with: lie)
          try liar.answer(work, with: lie, session: honest.session)
          try honest.answer(work, with: lie, attempt: work.attempt + 1)
          try honest.answer(work, with: lie, session: liar.session)
          try await eventually("the lies to be counted") {
            let (late, stale) = (try await cluster.counter("results_late"), try await cluster.counter("sessions_stale"))
            return late == 2 && stale == 2
          }
          try honest.answer(work, with: [Array("truth".utf8)])
          try honest.answer(work, with: lie)
        }
        #expect(try outcomes.replies.map { try $0.text() } == ["truth"])
        try await eventually("the second answer to be counted") { try await cluster.counter("results_late") == 3 }
        #expect(try await cluster.client.workers().count == 2, "a late result is no crime")
      }
    }

    @Test("A worker that was taken for dead cannot answer any more: its result is dropped and it is told to join anew")
    func lost() async throws {
      try await RunningCluster.run { cluster in
        let sleeper = try RawWorker(to: cluster.endpoints.backend, name: "sleeper")
        try await sleeper.join(heartbeatMilliseconds: 100, liveness: 3)
        try sleeper.ready()
        let outcomes = try await sendAll(["question"], to: cluster.client) {
          let work = try await sleeper.peer.receive(.work).work()
          try await cluster.waitUntilGone("sleeper")
          #expect(try await sleeper.peer.receive(.disconnect).disconnect().detail.reason == "LOST")
          try sleeper.answer(work, with: [Array("too late".utf8)])
          let notice = try await sleeper.peer.receive(.disconnect).disconnect()
          #expect(notice.status == .aborted)
          #expect(notice.detail.reason == "UNKNOWN_SESSION")
          try await cluster.startWorker(.echo("awake"))
        }
        #expect(try outcomes.replies.map { try $0.text() } == ["question"])
        #expect(try await cluster.counter("sessions_stale") == 1)
      }
    }

    @Test("Damaged units, and commands that are not a worker's, dismiss the worker and requeue its work")
    func damaged() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("honest", version: "0"))
        let crimes: [(String, (RawWorker) throws -> Void)] = [
          ("random bytes", { try $0.peer.send([[1, 2, 3]]) }),
          ("nothing", { try $0.peer.send([[]]) }),
          ("a client's command", { try $0.peer.send(RawPeer.request(1), [1]) }),
          (
            "figures that are none",
            { worker in
              try worker.peer.send(SessionHeader(.heartbeat, session: worker.session, parts: 1).encoded.array, [9, 9])
            }
          ),
          (
            "announced parts missing",
            { worker in
              try worker.peer.send(SessionHeader(.heartbeat, session: worker.session, parts: 3).encoded.array, [9])
            }
          ),
          ("1,025 parts", { try $0.peer.send(Array(repeating: [0], count: 1025)) }),
        ]
        for (what, crime) in crimes {
          let liar = try RawWorker(to: cluster.endpoints.backend, name: "liar")
          try await liar.serve()
          let outcomes = try await sendAll([what], to: cluster.client, version: "1") {
            _ = try await liar.work()
            try crime(liar)
            let dismissal = try await liar.disconnect()
            #expect(dismissal.status == .invalidArgument, "\(what)")
            #expect(dismissal.detail.reason == "MISBEHAVED", "\(what)")
            let other = try RawWorker(to: cluster.endpoints.backend, name: "other")
            try await other.serve()
            let work = try await other.work()
            #expect(work.header.attempt == 2, "\(what)")
            try other.answer(work.header, with: work.payload)
            try other.leave()
          }
          #expect(try outcomes.replies.map { try $0.text() } == [what])
        }
        #expect(try await cluster.counter("workers_misbehaved") == crimes.count)
        #expect(try await cluster.client.ask("x", version: "0").origin?.worker == "honest")
      }
    }

    @Test("JOIN cut off at every byte, and 2,000 random messages, are answered by DISCONNECT; real workers stay")
    func random() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("honest"))
        let peer = try RawPeer(to: cluster.endpoints.backend)
        let join = JoinHeader(
          heartbeatMilliseconds: 1000, liveness: 3, processID: 1, model: "echo", version: "1", name: "cut", host: "h",
          engine: "e"
        ).encoded
        for length in 0..<join.count { try peer.send([Array(join.prefix(length))]) }
        for length in 0..<join.count {
          let dismissal = try await peer.receive().disconnect()
          #expect(dismissal.detail.reason == "MISBEHAVED", "JOIN of \(length) bytes")
        }
        var noise = Noise(seed: 7)
        for _ in 0..<2000 { try peer.send(noise.message(commands: Command.allCases)) }
        try peer.send(join)
        var reasons: Set<String> = []
        while true {
          let unit = try await peer.receive()
          if unit.command == .welcome { break }
          reasons.insert(try unit.disconnect().detail.reason)
        }
        #expect(reasons == ["MISBEHAVED", "UNKNOWN_SESSION"])
        #expect(try await cluster.client.ask("still here").origin?.worker == "honest")
        #expect(try await cluster.counter("workers_lost") == 0)
      }
    }
  }
}
