import AuguryClient
import Inference
import QueueCore
import Store
import Testing
import Versions

/// The registry as clients ask it, on a real store and a loop that a test plays.
struct RegistryServiceTests {
  /// SHA-256 of `first`, by sha256sum.
  private static let firstDigest = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e"
  private static let secondDigest = "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4"

  private func reference(_ version: String) -> ModelVersionReference {
    ModelVersionReference(model: "digits", version: version)
  }

  @Test func aVersionIsRegisteredWithWhatItsFileIsAndTheLoopHearsOfIt() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    let registered = try await bench.registry.register(
      ModelRegistration(
        model: "digits", version: "1", path: path, stage: "candidate", description: "small", labels: ["team": "vision"],
        metrics: ["accuracy": 0.97]))
    #expect(registered.digest == Self.firstDigest)
    #expect(registered.sizeBytes == 5)
    #expect(registered.registered)
    #expect(registered.path == path)
    #expect(registered.stage == "candidate")
    #expect(registered.metrics == ["accuracy": 0.97])
    #expect(registered.signature == nil)
    #expect(registered.note?.contains("no ONNX Runtime here") == true, "it says so rather than guess")
    #expect(bench.loop.artifacts["digits@1"]?.path == path)
    #expect(bench.loop.artifacts["digits@1"]?.digest.first == 0xA7)
    #expect(bench.loop.artifacts["digits@1"]?.digest.count == 32)
    let shown = try await bench.registry.show(self.reference("1"))
    #expect(shown.digest == Self.firstDigest)
  }

  @Test func anotherFileUnderTheSameVersionIsRefusedWithBothDigests() async throws {
    let bench = try RegistryBench()
    let first = bench.file("a.onnx", "first")
    _ = try await bench.registry.register(ModelRegistration(model: "digits", version: "1", path: first))
    let second = bench.file("b.onnx", "second")
    let error = await failure {
      _ = try await bench.registry.register(ModelRegistration(model: "digits", version: "1", path: second))
    }
    #expect(error?.code == .alreadyExists)
    #expect(error?.message.contains(Self.firstDigest) == true && error?.message.contains(Self.secondDigest) == true)
    #expect(bench.loop.artifacts["digits@1"]?.path == first)
    let same = bench.file("b.onnx", "first")
    let moved = try await bench.registry.register(
      ModelRegistration(model: "digits", version: "1", path: same, labels: ["new": "yes"]))
    #expect(moved.path == same && moved.labels == ["new": "yes"])
    #expect(bench.loop.artifacts["digits@1"]?.path == same)
  }

  @Test func whatCannotBeRegisteredIsRefusedWithTheReason() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    let cases: [(ModelRegistration, PredictionError.Code, String)] = [
      (ModelRegistration(model: "a/b", version: "1", path: path), .invalidArgument, "model \"a/b\""),
      (ModelRegistration(model: "m", version: "", path: path), .invalidArgument, "version \"\""),
      (ModelRegistration(model: "m", version: "1"), .invalidArgument, "absolute"),
      (ModelRegistration(model: "m", version: "1", path: "a.onnx"), .invalidArgument, "absolute"),
      (ModelRegistration(model: "m", version: "1", path: "\(bench.folder)/none"), .notFound, "none"),
      (ModelRegistration(model: "m", version: "1", path: bench.folder), .invalidArgument, "is not a file"),
      (ModelRegistration(model: "m", version: "1", path: path, stage: "a b"), .invalidArgument, "stage \"a b\""),
      (ModelRegistration(model: "m", version: "1", path: path, labels: ["=": "x"]), .invalidArgument, "label"),
      (ModelRegistration(model: "m", version: "1", path: path, metrics: ["x": .infinity]), .invalidArgument, "finite"),
      (
        ModelRegistration(model: "m", version: "1", path: path, description: String(repeating: "x", count: 4097)),
        .invalidArgument, "4097 bytes"
      ),
      (
        ModelRegistration(
          model: "m", version: "1", path: path,
          labels: Dictionary(uniqueKeysWithValues: (0..<65).map { ("l\($0)", "x") })), .invalidArgument, "65 labels"
      ),
    ]
    for (registration, code, words) in cases {
      let error = await failure { _ = try await bench.registry.register(registration) }
      #expect(error?.code == code && error?.message.contains(words) == true, "\(words): \(error?.message ?? "taken")")
    }
    #expect(try await bench.registry.list(ModelFilter()).isEmpty)
    #expect(bench.loop.artifacts.isEmpty)
  }

  @Test func aVersionThatAWorkerServesWithAnotherFileIsNotRegistered() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    bench.loop.present = [.example("loading", state: .warming), .example("old", digest: "beef")]
    let error = await failure {
      _ = try await bench.registry.register(ModelRegistration(model: "digits", version: "1", path: path))
    }
    #expect(error?.code == .failedPrecondition)
    for word in ["old", "beef", Self.firstDigest] { #expect(error?.message.contains(word) == true) }
    bench.loop.present = [.example("loading", state: .warming), .example("good", digest: Self.firstDigest)]
    let registered = try await bench.registry.register(
      ModelRegistration(model: "digits", version: "1", path: path))
    #expect(registered.workers == 1)
  }

  @Test func versionsAreListedHighestFirstAndSeenAreToldFromRegistered() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    for version in ["9", "10", "1.2-rc1"] {
      _ = try await bench.registry.register(ModelRegistration(model: "digits", version: version, path: path))
    }
    let signature = #"{"inputs":[{"name":"X","datatype":"FP32","shape":[-1,64]}],"outputs":[]}"#
    try await bench.store.recordVersion(
      ModelVersionRecord(
        model: "digits", version: "2", digest: nil, signature: signature, firstSeenAt: 5, lastSeenAt: 6))
    try await bench.store.recordVersion(
      ModelVersionRecord(
        model: "digits", version: "9", digest: Self.firstDigest, signature: signature, firstSeenAt: 5, lastSeenAt: 6))
    try await bench.store.recordVersion(
      ModelVersionRecord(
        model: "digits", version: "10", digest: "other", signature: signature, firstSeenAt: 5, lastSeenAt: 6))
    _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "champion", version: "9", by: "me"))
    bench.loop.present = [.example("a", version: "9"), .example("b", version: "9", state: .draining)]
    let list = try await bench.registry.list(ModelFilter(model: "digits"))
    #expect(list.map(\.version) == ["10", "9", "2", "1.2-rc1"])
    #expect(list.map(\.registered) == [true, true, false, true])
    #expect(list.map(\.workers) == [0, 1, 0, 0])
    #expect(list.map(\.aliases) == [[], ["champion"], [], []])
    #expect(list[1].signature?.inputs.first?.shape == [-1, 64], "its worker told it")
    #expect(list[0].signature == nil, "what another artifact takes says nothing about this one")
    #expect(list[2].signature != nil && list[2].digest == nil)
    #expect(try await bench.registry.list(ModelFilter(model: "letters")).isEmpty)
    #expect(try await bench.registry.show(self.reference("champion")).version == "9")
  }

  @Test func aVersionInUseIsNotForgottenAndSaysWhoNeedsIt() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    _ = try await bench.registry.register(ModelRegistration(model: "digits", version: "1", path: path))
    bench.loop.present = [.example("busy-one", state: .busy)]
    let served = await failure { _ = try await bench.registry.delete(self.reference("1")) }
    #expect(served?.code == .failedPrecondition && served?.message.contains("busy-one") == true)
    bench.loop.present = []
    _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "champion", version: "1"))
    let named = await failure { _ = try await bench.registry.delete(self.reference("1")) }
    #expect(named?.code == .failedPrecondition && named?.message.contains("champion") == true)
    #expect(bench.loop.artifacts["digits@1"] != nil)
    let alias = try await bench.routes.removeAlias(AliasReference(model: "digits", alias: "champion"))
    #expect(alias.version == "1")
    let deleted = try await bench.registry.delete(self.reference("1"))
    #expect(deleted.digest == Self.firstDigest)
    #expect(bench.loop.artifacts["digits@1"] == nil)
    let gone = await failure { _ = try await bench.registry.delete(self.reference("1")) }
    #expect(gone?.code == .notFound)
  }

  @Test func changesAtOnceLeaveStoreAndLoopOfOneMind() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    for round in 0..<20 {
      await withTaskGroup(of: Void.self) { group in
        for turn in 0..<4 {
          group.addTask {
            let version = ModelVersionReference(model: "digits", version: "1")
            if (turn + round) % 2 == 0 {
              _ = try? await bench.registry.delete(version)
            } else {
              _ = try? await bench.registry.register(ModelRegistration(model: "digits", version: "1", path: path))
            }
          }
        }
      }
      let isStored = try await !bench.store.registeredVersions(of: "digits").isEmpty
      #expect(isStored == (bench.loop.artifacts["digits@1"] != nil))
    }
  }

  @Test func anAliasThatIsAVersionsNameIsRefusedAndTheOtherWayRound() async throws {
    let bench = try RegistryBench()
    let path = bench.file("a.onnx", "first")
    _ = try await bench.registry.register(ModelRegistration(model: "digits", version: "1", path: path))
    let taken = await failure {
      _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "1", version: "1"))
    }
    #expect(taken?.code == .alreadyExists)
    _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "best", version: "1"))
    let version = await failure {
      _ = try await bench.registry.register(ModelRegistration(model: "digits", version: "best", path: path))
    }
    #expect(version?.code == .alreadyExists)
    let wrong = await failure {
      _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "a b", version: "1"))
    }
    #expect(wrong?.code == .invalidArgument)
    let unknown = await failure {
      _ = try await bench.routes.removeAlias(AliasReference(model: "digits", alias: "worst"))
    }
    #expect(unknown?.code == .notFound && unknown?.reason == "UNKNOWN_ALIAS")
  }
}
