import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// Batches: what runs together, what comes out for whom, and who is to blame.
@Suite struct ModelRunnerTests {
  private let model = FakeModel()
  private let runner: ModelRunner

  init() throws {
    self.runner = try ModelRunner(model: self.model, name: "m", version: "7", maxBatchSize: 8)
  }

  private func run(_ jobs: [ComputeJob], with runner: ModelRunner? = nil) throws -> BatchOutcome {
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    return try (runner ?? self.runner).runBatch(jobs, meter: &meter)
  }

  private static func predictions(_ values: [Int]) -> String {
    let rows = values.map { "[\($0 * 2).0,0.0]" }.joined(separator: ",")
    return "{\"predictions\":[\(rows)],\"model_name\":\"m\",\"model_version\":\"7\"}"
  }

  @Test func requestsThatFitTogetherShareOneEngineCallAndEachGetsItsOwnRows() throws {
    let outcome = try self.run([
      JobMaking.instances(1, [1]), JobMaking.instances(2, [2, 3]), JobMaking.instances(3, [4]),
    ])
    #expect(self.model.runs == [4])
    #expect(outcome.leftOver.isEmpty)
    #expect(outcome.results.map(\.number) == [1, 2, 3])
    #expect(outcome.results.map { $0.parts[0].text } == [[1], [2, 3], [4]].map(Self.predictions))
    #expect(outcome.results.map(\.rows) == [1, 2, 1])
  }

  @Test func requestsBeyondTheBatchAreLeftOverInTheirOrder() throws {
    let jobs = try [[1, 2, 3, 4, 5], [6, 7], [8, 9], [10]].enumerated().map {
      try JobMaking.instances(UInt64($0.offset), $0.element)
    }
    let outcome = try self.run(jobs)
    #expect(self.model.runs == [8])
    #expect(outcome.results.map(\.number) == [0, 1, 3])
    #expect(outcome.leftOver.map { $0.work.ticket.work.rawValue } == [2])
    #expect(outcome.leftOver[0].waiting.rows == 2)
  }

  @Test func contentIsNotReadBeforeThereIsRoomForIt() throws {
    let outcome = try self.run([JobMaking.instances(1, Array(1...8)), JobMaking.job(2, ["not JSON"])])
    #expect(outcome.results.map(\.number) == [1])
    #expect(outcome.leftOver.map { $0.work.ticket.work.rawValue } == [2])
    #expect(outcome.leftOver[0].request == nil)
  }

  @Test func whatWasTriedBeforeRunsAlone() throws {
    var rest = try [(1, 1), (2, 2), (3, 1), (4, 2)].map { number, attempt in
      try JobMaking.instances(number, [Int(number)], attempt: attempt)
    }
    var answered: [[UInt64]] = []
    while !rest.isEmpty {
      let outcome = try self.run(rest)
      answered.append(outcome.results.map(\.number))
      rest = outcome.leftOver
    }
    #expect(answered == [[1, 3], [2], [4]])
    #expect(self.model.runs == [2, 1, 1])
  }

  @Test func guiltyRequestStandsAlone() throws {
    let values = [1, 2, 666, 4, 667, 6]
    let outcome = try self.run(values.enumerated().map { try JobMaking.instances(UInt64($0.offset), [$0.element]) })
    #expect(outcome.results.map(\.number) == [0, 1, 2, 3, 4, 5])
    #expect(
      outcome.results.map(\.outcome.status) == [.ok, .ok, .invalidArgument, .ok, .internal, .ok])
    #expect(try outcome.results[2].detail?.message == "the model does not take 666")
    #expect(try outcome.results[4].detail?.reason == "MODEL_FAILED")
    #expect(outcome.results[5].parts[0].text == Self.predictions([6]))
  }

  @Test func requestThatCannotBeReadIsAnsweredAndTheOthersRun() throws {
    let outcome = try self.run([
      JobMaking.job(1, ["{"]), JobMaking.job(2, ["{\"instances\":[[1]]}"]), JobMaking.job(3, ["a", "b"]),
      JobMaking.job(4, ["x"], as: .octets), JobMaking.job(5, [], as: .tensors), JobMaking.instances(6, [5]),
    ])
    let reasons = try outcome.results.map { try $0.detail?.reason }
    #expect(reasons == ["MALFORMED_JSON", "WRONG_SHAPE", "WRONG_PARTS", "CONTENT_TYPE", "WRONG_PARTS", nil])
    #expect(outcome.results.dropLast().allSatisfy { $0.outcome.status == .invalidArgument })
    #expect(self.model.runs == [1])
  }

  @Test func requestLargerThanABatchRunsInSlices() throws {
    let values = Array(1...20)
    let outcome = try self.run([JobMaking.instances(1, values)])
    #expect(self.model.runs == [8, 8, 4])
    #expect(outcome.results[0].parts[0].text == Self.predictions(values))
    let poisoned = try self.run([JobMaking.instances(2, values + [666])])
    #expect(poisoned.results[0].outcome.status == .invalidArgument)
  }

  @Test func rowsOfDifferentShapesDoNotShareACall() throws {
    let model = FakeModel(rowShape: [-1])
    let runner = try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: 8)
    var rest = try [
      JobMaking.job(1, ["{\"instances\":[[1]]}"]), JobMaking.job(2, ["{\"instances\":[[1,2]]}"]),
      JobMaking.job(3, ["{\"instances\":[[3]]}"]),
    ]
    var answered: [[UInt64]] = []
    while !rest.isEmpty {
      let outcome = try self.run(rest, with: runner)
      answered.append(outcome.results.map(\.number))
      rest = outcome.leftOver
    }
    #expect(answered == [[1, 3], [2]])
    #expect(model.runs == [2, 1])
  }

  @Test func modelWithoutABatchAxisRunsRequestByRequest() throws {
    let model = FakeModel(rowShape: [3], isBatchable: false)
    let runner = try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: 8)
    let content = "{\"inputs\":[{\"name\":\"x\",\"shape\":[3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}"
    let outcome = try self.run([JobMaking.job(1, [content]), JobMaking.job(2, [content])], with: runner)
    #expect(outcome.results.map(\.number) == [1])
    #expect(outcome.leftOver.count == 1)
    #expect(outcome.results[0].parts[0].text.contains("\"shape\":[3],\"data\":[2.0,4.0,6.0]"))
  }

  @Test func tensorsAreAnsweredAsTensors() throws {
    let values: [Float] = [1, 2, 3, 4]
    let header = """
      {"id":"a","inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}}]}
      """
    let parts = [
      try Frame(copying: Array(header.utf8).span.bytes), try Frame(copying: values.span.bytes),
    ]
    let result = try self.run([JobMaking.job(1, parts: parts, as: .tensors)]).results[0]
    #expect(result.outcome.contentType == .tensors && result.outcome.parts == 2)
    #expect(result.parts[0].text.contains("\"parameters\":{\"binary_data_size\":16}"))
    #expect(result.parts[0].text.contains("\"id\":\"a\""))
    let bytes = result.parts[1].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(bytes == [2, 4, 6, 8])
  }

  @Test func openInferenceIsAnsweredInKindWithTheOutputsAskedFor() throws {
    let content = """
      {"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y"}]}
      """
    let result = try self.run([JobMaking.job(1, [content])]).results[0]
    #expect(
      result.parts[0].text.hasSuffix("{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[2.0,4.0]}]}"))
    let wrong = try self.run([JobMaking.job(2, [content.replacing("\"y\"", with: "\"z\"")])]).results[0]
    #expect(try wrong.detail?.message.contains("expected \"y\"") == true)
  }

  @Test func linesAmongInteractiveRequestsRunAlone() throws {
    let first = try self.run([JobMaking.lines(1, [1, 2]), JobMaking.instances(2, [3])])
    #expect(first.results.map(\.number) == [1])
    #expect(first.leftOver.map { $0.work.ticket.work.rawValue } == [2])
    let second = try self.run([JobMaking.instances(2, [3]), JobMaking.lines(1, [1, 2])])
    #expect(second.results.map(\.number) == [2])
    #expect(second.leftOver.map { $0.work.ticket.work.rawValue } == [1])
  }

  /// Random mixtures, random poison: everybody gets exactly the answer that he would get alone.
  @Test(arguments: 0..<20 as Range<UInt64>) func batchingChangesNobodysAnswer(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var expected: [UInt64: [Int]] = [:]
    var rest: [ComputeJob] = []
    for number in 0..<30 as Range<UInt64> {
      let values = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        random.chance(oneIn: 25) ? 666 : Int.random(in: 0...500, using: &random)
      }
      expected[number] = values
      rest.append(try JobMaking.instances(number, values))
    }
    while !rest.isEmpty {
      let outcome = try self.run(rest)
      #expect(!outcome.results.isEmpty)
      for result in outcome.results {
        let removed = expected.removeValue(forKey: result.number)
        let values = try #require(removed, "answered twice")
        #expect(result.outcome.status == (values.contains(666) ? .invalidArgument : .ok))
        if result.outcome.status == .ok { #expect(result.parts[0].text == Self.predictions(values)) }
      }
      rest = outcome.leftOver
    }
    #expect(expected.isEmpty)
    #expect(self.model.runs.allSatisfy { $0 <= 8 })
  }
}
