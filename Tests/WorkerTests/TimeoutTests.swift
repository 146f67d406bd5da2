import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// Engine calls that are stopped: whose they are is found out, and the others are answered.
@Suite struct TimeoutTests {
  private static let message =
    "the engine call was stopped after 1s, the limit; the worker's --call-timeout sets it"
  private let progress = ComputeProgress(
    threads: 1, limits: ComputeProgress.Limits(callNanoseconds: 1_000_000_000, graceNanoseconds: 1_000_000_000),
    timesOfThisThread: { nil })

  /// A model whose hanging runs are stopped for their length at once.
  private func model(onHang: (@Sendable () -> Void)? = nil) -> FakeModel {
    let progress = self.progress
    return FakeModel(onHang: onHang ?? { _ = progress.stopOverdue(at: Instant(nanoseconds: .max / 2)) })
  }

  private func runner(_ model: FakeModel, maxBatchSize: Int) throws -> ModelRunner {
    try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: maxBatchSize)
  }

  private func run(_ job: ComputeJob, with model: FakeModel, maxBatchSize: Int) throws -> ComputeResult {
    var meter = EngineMeter(thread: 0, progress: self.progress)
    let run = try self.runner(model, maxBatchSize: maxBatchSize).beginSlices(of: job)
    return try run.runToEnd(queued: 0, meter: &meter)
  }

  @Test func rowsThatHangStandAloneAfterFewTimeouts() throws {
    let model = self.model()
    var values = Array(0..<256)
    values[37] = 668
    let result = try self.run(JobMaking.lines(1, values), with: model, maxBatchSize: 256)
    #expect(result.outcome.status == .ok)
    let rows = result.parts[0].text.split(separator: "\n")
    #expect(rows.count == 255 && rows[36] == "[72.0,0.0]" && rows[37] == "[76.0,0.0]")
    #expect(
      result.parts[1].text == """
        {"row":37,"code":"INTERNAL","message":"\(Self.message)"}

        """)
    #expect(result.rowErrors == [.internal: 1])
    // Three time-outs: of the slice, of the sixteenth with the guilty row, of the row.
    #expect(model.runs == [256] + [16, 16, 16] + Array(repeating: 1, count: 16) + Array(repeating: 16, count: 13))
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func everyRowIsThereOnceWhateverIsWrongWithSome(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let values = (0..<Int.random(in: 0...100, using: &random)).map { value in
      random.chance(oneIn: 6) ? 666 + Int.random(in: 0...2, using: &random) : value
    }
    let size = Int.random(in: 1...40, using: &random)
    let result = try self.run(JobMaking.lines(1, values), with: self.model(), maxBatchSize: size)
    #expect(
      result.parts[0].text == values.filter { $0 < 666 }.map { "[\($0 * 2).0,0.0]\n" }.joined())
    let bad = result.parts[1].text.split(separator: "\n").compactMap { line in
      Int(line.dropFirst("{\"row\":".count).prefix { $0 != "," })
    }
    #expect(bad == values.indices.filter { values[$0] >= 666 })
  }

  @Test func theGuiltyRequestOfABatchGetsTheReasonAndTheOthersTheirPredictions() throws {
    let runner = try self.runner(self.model(), maxBatchSize: 64)
    var meter = EngineMeter(thread: 0, progress: self.progress)
    let jobs = try (0..<40).map { try JobMaking.instances(UInt64($0), [$0 == 21 ? 668 : $0]) }
    let results = try runner.runBatch(jobs, meter: &meter).results
    #expect(results.map(\.number) == Array(0..<40))
    #expect(results.filter { $0.outcome.status != .ok }.map(\.number) == [21])
    let detail = try results[21].detail
    #expect(results[21].outcome.status == .internal && detail?.reason == "ENGINE_TIMEOUT")
    #expect(detail?.message == Self.message)
  }

  @Test func requestOfManySlicesFailsWithTheReason() throws {
    let job = try JobMaking.instances(1, Array(0..<20) + [668])
    let result = try self.run(job, with: self.model(), maxBatchSize: 8)
    #expect(try result.detail?.reason == "ENGINE_TIMEOUT")
  }

  @Test func whatIsLateAfterATimeoutIsNotTriedAgain() throws {
    let model = self.model()
    let deadline = Instant(nanoseconds: MonotonicClock.nanoseconds)
    let lines = try JobMaking.job(1, ["[668,0]\n[1,0]\n"], as: .jsonLines, deadline: deadline)
    #expect(try self.run(lines, with: model, maxBatchSize: 8).outcome.status == .deadlineExceeded)
    #expect(model.runs == [2])

    var meter = EngineMeter(thread: 0, progress: self.progress)
    let jobs = try [(1, 668, deadline), (2, 5, .distantFuture)].map { number, value, deadline in
      try JobMaking.job(UInt64(number), ["{\"instances\":[[\(value),0]]}"], deadline: deadline)
    }
    let results = try self.runner(model, maxBatchSize: 8).runBatch(jobs, meter: &meter).results
    #expect(results.map(\.outcome.status) == [.deadlineExceeded, .ok])
    #expect(model.runs == [2] + [2, 1])
  }

  @Test func whatNobodyWaitsForIsStoppedAndNotTriedAgain() throws {
    let progress = self.progress
    let jobs = try [JobMaking.lines(1, [1, 668, 2]), JobMaking.instances(2, [668])]
    let tickets = jobs.map(\.work.ticket)
    let model = self.model(onHang: { for ticket in tickets { progress.giveUp(ticket) } })
    for job in jobs {
      let result = try self.run(job, with: model, maxBatchSize: 8)
      #expect(result.outcome.status == .cancelled)
    }
    #expect(model.runs == [3, 1])
  }

  @Test func aRunThatEndsWellThoughItWasStoppedCounts() throws {
    let progress = self.progress
    let model = FakeModel { _ in _ = progress.stopOverdue(at: Instant(nanoseconds: .max / 2)) }
    #expect(try self.run(JobMaking.lines(1, [1, 2]), with: model, maxBatchSize: 8).rows == 2)
    #expect(try self.run(JobMaking.lines(2, [3]), with: model, maxBatchSize: 8).rows == 1)
  }
}
