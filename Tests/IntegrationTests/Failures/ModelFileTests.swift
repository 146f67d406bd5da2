import AuguryClient
import FoundationEssentials
import QueueCore
import Testing

extension Cluster {
  /// Model files that cannot be served: the worker says which and why, in one line, and exits with 1.
  @Suite struct ModelFileTests {
    /// What may be wrong with a file.
    enum Damage: String, CaseIterable {
      case missing
      case empty
      case noise
      case cutOff
      case folder
      case text
    }

    @Test(
      "A worker whose model file is damaged exits with 1 and one line that names the file", arguments: Damage.allCases)
    func damaged(_ damage: Damage) async throws {
      try await RunningCluster.run { cluster in
        let path = "\(cluster.folder)/model-\(damage.rawValue).onnx"
        try Self.make(damage, at: path)
        var plan = WorkerPlan.digits("1", "broken")
        plan.engine = ["--file", path]
        let worker = try cluster.launch(plan)
        #expect(try await worker.waitForEnd() == .exited(1))
        try Self.expectOneLine(of: worker, naming: path)
        #expect(try await cluster.client.workers().isEmpty)
        #expect(try await cluster.counter("workers_lost") == 0, "it leaves in good order")
      }
    }

    @Test("A repository without the version, or the model, is named with what was looked for")
    func repository() async throws {
      try await RunningCluster.run { cluster in
        let version = try cluster.launch(.digits("7", "seven"))
        #expect(try await version.waitForEnd() == .exited(1))
        try Self.expectOneLine(of: version, naming: "no version \"7\" of model \"digits\"")

        var plan = WorkerPlan.digits("1", "letters")
        plan.model = "letters"
        let model = try cluster.launch(plan)
        #expect(try await model.waitForEnd() == .exited(1))
        try Self.expectOneLine(of: model, naming: "letters")
      }
    }

    @Test("Damage in one worker's file does not touch the others")
    func others() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("1", "good"))
        let path = "\(cluster.folder)/noise.onnx"
        try Self.make(.noise, at: path)
        var plan = WorkerPlan.digits("2", "bad")
        plan.engine = ["--file", path]
        #expect(try await cluster.launch(plan).waitForEnd() == .exited(1))
        let row = try Digits.rows()[0]
        let reply = try await cluster.client.ask(Digits.instances([row]), model: "digits", version: "1", as: .json)
        #expect(reply.origin?.worker == "good")
      }
    }

    private static func make(_ damage: Damage, at path: String) throws {
      let model = try readBytes(Digits.model("2"))
      switch damage {
      case .missing: return
      case .empty: try writeText("", to: path)
      case .noise: try Data(model.map { $0 ^ 0x5A }).write(to: URL(filePath: path))
      case .cutOff: try Data(model.prefix(model.count / 2)).write(to: URL(filePath: path))
      case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      case .text: try writeText("this is no model\n", to: path)
      }
    }

    private static func expectOneLine(
      of worker: RunningProgram, naming name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let lines = worker.logText.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
      #expect(lines.count == 1, sourceLocation: sourceLocation)
      let line = try #require(lines.first, sourceLocation: sourceLocation)
      #expect(line.contains(name), "\(line)", sourceLocation: sourceLocation)
      #expect(!worker.logText.contains("Fatal error"), sourceLocation: sourceLocation)
    }
  }
}
