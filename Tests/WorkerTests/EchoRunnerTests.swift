import Inference
import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// The echo: everything comes back as it was.
@Suite struct EchoRunnerTests {
  private let runner = EchoRunner(model: EchoModel(), maxBatchSize: 2)

  @Test func anyContentComesBackAsTheSameParts() throws {
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    let jobs = try [
      JobMaking.job(1, ["a", "", "b"], as: .octets), JobMaking.job(2, ["{\"instances\":"], as: .json),
      JobMaking.job(3, [], as: .tensors),
    ]
    let outcome = try self.runner.runBatch(jobs, meter: &meter)
    #expect(outcome.leftOver.isEmpty)
    #expect(outcome.results.map { $0.parts.map(\.text) } == [["a", "", "b"], ["{\"instances\":"], []])
    #expect(outcome.results.map(\.outcome.contentType) == [.octets, .json, .tensors])
    #expect(outcome.results[0].parts[0] === jobs[0].parts[0])
    #expect(meter.takeCalls().count == 1)
  }

  @Test func linesComeBackRowByRowInSlices() throws {
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    let job = try JobMaking.job(1, ["1\n\n 2\n\t\n3\r\nnot JSON"], as: .jsonLines, class: .batch)
    let result = try self.runner.beginSlices(of: job).runToEnd(queued: 5, meter: &meter)
    #expect(result.parts.map(\.text) == ["1\n 2\n3\r\nnot JSON\n", ""])
    #expect(result.rows == 4)
    #expect(meter.takeCalls().count == 2)
    #expect(result.outcome.queueMicroseconds == 5)
  }

  @Test func linesOfSeveralPartsComeBackPartByPart() throws {
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    let job = try JobMaking.job(1, ["1\n2\n3", "", "\n4\n5\n", " "], as: .jsonLines)
    let result = try self.runner.runBatch([job], meter: &meter).results[0]
    #expect(result.parts.map(\.text) == ["1\n2\n3\n", "", "", "", "4\n5\n", "", "", ""])
    #expect(result.rows == 5 && meter.takeCalls().count == 3)
    let none = try JobMaking.job(2, [], as: .jsonLines)
    #expect(try self.runner.runBatch([none], meter: &meter).results[0].outcome.status == .invalidArgument)
  }

  @Test func delayIsWhatAnEngineCallTakes() throws {
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    let runner = EchoRunner(model: EchoModel(options: .init(delay: .milliseconds(5))), maxBatchSize: 2)
    let jobs = try (0..<3).map { try JobMaking.job($0, ["x"]) }
    let results = try runner.runBatch(jobs, meter: &meter).results
    #expect(results.allSatisfy { $0.outcome.computeMicroseconds >= 5000 })
    #expect(meter.takeCalls().count == 1)
  }
}
