import AuguryClient
import FoundationEssentials
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// The registry with real processes: what is registered, and that workers serve nothing else.
  @Suite struct RegistryTests {
    /// A worker that asks the broker where its model is.
    private static func registered(_ version: String, _ name: String) -> WorkerPlan {
      WorkerPlan(name: name, model: "digits", version: version, engine: [])
    }

    private static func register(_ version: String, file: String, _ cluster: RunningCluster) async throws {
      let result = try await cluster.augury("models", "register", "digits", version, "--file", file)
      try #require(result.end == .exited(0), "\(result.errors)")
    }

    @Test("A version is registered with digest, size, signature and details, and survives a restart of the broker")
    func register() async throws {
      try await RunningCluster.run { cluster in
        let path = Digits.model("2")
        let result = try await cluster.augury(
          "models", "register", "digits", "2", "--file", path, "--label", "team=vision", "--metric", "accuracy=0.9756",
          "--description", "forest", "--stage", "candidate", "--json")
        #expect(result.end == .exited(0), "\(result.errors)")
        let version = try decode(result.output, as: ModelVersion.self)
        let digest = try await sha256(path)
        #expect(version.digest == digest)
        #expect(try version.sizeBytes == readBytes(path).count)
        #expect(version.signature?.inputs == [ModelSignature.Tensor(name: "X", datatype: "FP32", shape: [-1, 64])])
        #expect(version.signature?.outputs.map(\.name).sorted() == ["label", "probabilities"])
        #expect(version.note == nil)
        _ = try await cluster.augury("models", "alias", "digits", "champion", "2")

        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        let shown = try await cluster.client.modelVersion("digits", "champion")
        #expect(shown.version == "2" && shown.digest == digest && shown.stage == "candidate")
        #expect(shown.metrics == ["accuracy": 0.9756] && shown.labels == ["team": "vision"])
        #expect(shown.description == "forest" && shown.aliases == ["champion"])
        let table = try await cluster.augury("models", "list")
        #expect(table.lines.count == 2)
        #expect(table.lines.last?.contains("registered") == true && table.lines.last?.contains("champion") == true)
      }
    }

    @Test("A worker that is given a model and a version alone finds the registered file, also after a restart")
    func workerFromRegistry() async throws {
      try await RunningCluster.run { cluster in
        try await Self.register("2", file: Digits.model("2"), cluster)
        try await cluster.startWorker(Self.registered("2", "found"))
        let row = try Digits.rows()[0]
        let reply = try await cluster.client.ask(Digits.instances([row]), model: "digits", version: "2", as: .json)
        #expect(reply.origin?.worker == "found")
        let digest = try await sha256(Digits.model("2"))
        #expect(reply.origin.map { hexadecimal($0.digest) } == digest)

        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        try await cluster.waitUntilReady(["found"])
        let again = try await cluster.client.ask(Digits.instances([row]), model: "digits", version: "2", as: .json)
        #expect(again.origin?.worker == "found")
      }
    }

    @Test("A worker that wants what is not registered is told what is, and exits with 1")
    func unregistered() async throws {
      try await RunningCluster.run { cluster in
        let nothing = try cluster.launch(Self.registered("2", "early"))
        #expect(try await nothing.waitForEnd() == .exited(1))
        #expect(nothing.logText.contains("digits@2 is not registered, no version of it is"), "\(nothing.logText)")
        for version in ["10", "9"] { try await Self.register(version, file: Digits.model("1"), cluster) }
        let other = try cluster.launch(Self.registered("2", "late"))
        #expect(try await other.waitForEnd() == .exited(1))
        #expect(other.logText.contains("registered are 9, 10"), "\(other.logText)")
        // Versions that nobody has registered are served as ever.
        try await cluster.startWorker(.digits("2", "plain"))
      }
    }

    @Test("A worker with another file than the registered one is refused with both digests, and told of by an event")
    func mismatch() async throws {
      try await RunningCluster.run { cluster in
        let events = try await EventListener(cluster)
        try await Self.register("2", file: Digits.model("2"), cluster)
        var plan = WorkerPlan.digits("2", "wrong")
        plan.engine = ["--file", Digits.model("1")]
        let worker = try cluster.launch(plan)
        #expect(try await worker.waitForEnd() == .exited(1))
        let served = try await sha256(Digits.model("1"))
        let registered = try await sha256(Digits.model("2"))
        for word in ["the broker refused this worker", "FAILED_PRECONDITION", served, registered] {
          #expect(worker.logText.contains(word), "\(word): \(worker.logText)")
        }
        try await events.event("worker.rejected", worker: "wrong")
        #expect(try await cluster.counter("workers_rejected") == 1)
        #expect(try await cluster.client.workers().isEmpty)

        var echo = WorkerPlan.echo("hollow", model: "digits", version: "2")
        echo.heartbeat = []
        let hollow = try cluster.launch(echo)
        #expect(try await hollow.waitForEnd() == .exited(1))
        #expect(hollow.logText.contains("serves no artifact"), "\(hollow.logText)")
        try await cluster.startWorker(.digits("2", "right"))
      }
    }

    @Test("A registered file that was changed afterwards is not run; the worker names both digests")
    func changedFile() async throws {
      try await RunningCluster.run { cluster in
        let path = "\(cluster.folder)/model.onnx"
        let bytes = try readBytes(Digits.model("1"))
        try Data(bytes).write(to: URL(filePath: path))
        let registered = try await sha256(path)
        try await Self.register("1", file: path, cluster)
        try Data(readBytes(Digits.model("2"))).write(to: URL(filePath: path))
        let changed = try await sha256(path)
        let worker = try cluster.launch(Self.registered("1", "fooled"))
        #expect(try await worker.waitForEnd() == .exited(1))
        #expect(worker.logText.contains(registered) && worker.logText.contains(changed), "\(worker.logText)")
      }
    }

    @Test("What is refused says why: another file, a damaged file, a taken name, a version in use")
    func refusals() async throws {
      try await RunningCluster.run { cluster in
        try await Self.register("1", file: Digits.model("1"), cluster)
        let other = try await cluster.augury("models", "register", "digits", "1", "--file", Digits.model("2"))
        #expect(other.end == .exited(2))
        let digests = try await [sha256(Digits.model("1")), sha256(Digits.model("2"))]
        #expect(other.errors.contains("ALREADY_EXISTS"))
        for digest in digests { #expect(other.errors.contains(digest), "\(other.errors)") }

        let damaged = "\(cluster.folder)/noise.onnx"
        try writeText("this is no model\n", to: damaged)
        let noise = try await cluster.augury("models", "register", "digits", "3", "--file", damaged)
        #expect(noise.end == .exited(2) && noise.errors.contains(damaged), "\(noise.errors)")

        let taken = try await cluster.augury("models", "alias", "digits", "1", "1")
        #expect(taken.end == .exited(2) && taken.errors.contains("ALREADY_EXISTS"), "\(taken.errors)")

        try await cluster.startWorker(.digits("1", "keeper"))
        let used = try await cluster.augury("models", "delete", "digits", "1")
        #expect(used.end == .exited(2) && used.errors.contains("keeper"), "\(used.errors)")
      }
    }

    @Test("Without ONNX Runtime a version is registered all the same, and says that its signature is not known")
    func withoutRuntime() async throws {
      try await withTemporaryFolder { folder in
        var variables = Programs.childEnvironment
        variables["ORT_LIB_PATH"] = "\(folder)/nothing.so"
        let broker = try RunningProgram(
          "\(Programs.folder)/broker",
          arguments: [
            "--frontend", "tcp://127.0.0.1:*", "--backend", "tcp://127.0.0.1:*", "--events", "tcp://127.0.0.1:*",
            "--data-dir", "\(folder)/data",
          ], name: "broker", log: "\(folder)/broker.log", environment: variables)
        defer { broker.stop() }
        let endpoints = try await eventually("the broker to listen") {
          try? decode(readText("\(folder)/data/endpoints.json"), as: RunningCluster.Endpoints.self)
        }
        let client = try AuguryClient(broker: endpoints.frontend)
        let version = try await client.register(
          ModelRegistration(model: "digits", version: "1", path: Digits.model("1")))
        #expect(version.signature == nil)
        #expect(version.note?.contains("nothing.so") == true, "\(version.note ?? "no note")")
        await client.close()
      }
    }
  }
}
