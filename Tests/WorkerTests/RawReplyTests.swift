import QueueCore
import Tensors
import Testing
import ZeroMQ

@testable import worker

/// Replies in raw tensors: their headers are written once and sent again, and must be what each would have had.
@Suite struct RawReplyTests {
  private let model = FakeModel()
  private let runner: ModelRunner

  init() throws {
    self.runner = try ModelRunner(model: self.model, name: "m", version: "7", maxBatchSize: 8)
  }

  private func job(_ number: UInt64, _ values: [Float], id: String? = nil, isRaw: Bool = true) throws -> ComputeJob {
    let tensor = try Tensor(values.flatMap { [$0, 0] }, shape: [values.count, 2])
    let request = ByteBuffer()
    try request.appendRequest(inputs: [NamedTensor("x", tensor)], id: id)
    var json = request.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    if !isRaw { json.replace("\"binary_data_output\":true", with: "\"binary_data_output\":false") }
    let parts = [try Frame.of(Array(json.utf8)), try Frame(copying: tensor.buffer.bytes)]
    return JobMaking.job(number, parts: parts, as: .tensors)
  }

  private func run(_ jobs: [ComputeJob]) throws -> [ComputeResult] {
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    return try self.runner.runBatch(jobs, meter: &meter).results
  }

  private func check(_ result: ComputeResult, _ values: [Float], id: String? = nil, isRaw: Bool = true) throws {
    #expect(result.outcome.status == .ok)
    let parts = try result.allParts
    #expect(result.outcome.parts == parts.count)
    #expect(result.rows == values.count)
    let doubled = try Tensor(values.flatMap { [$0 * 2, 0] }, shape: [values.count, 2])
    let expected = ByteBuffer()
    try expected.appendReply(
      modelName: "m", modelVersion: "7", id: id, outputs: [NamedTensor("y", doubled)], isBinary: { _ in isRaw })
    #expect(parts[0].text == expected.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    #expect(parts.count == (isRaw ? 2 : 1))
    guard isRaw else { return }
    #expect(TensorBuffer(parts[1]) == doubled.buffer)
  }

  @Test func repliesAloneAndTogetherAreTheSameEveryTime() throws {
    for round in 0..<3 {
      let first = Float(round * 10)
      try self.check(self.run([self.job(1, [first])])[0], [first])
      let batch = [[first], [first + 1, first + 2], [first + 3], [first + 4, first + 5, first + 6]]
      let results = try self.run(batch.enumerated().map { try self.job(UInt64($0.offset), $0.element) })
      for (result, values) in zip(results, batch) { try self.check(result, values) }
    }
    #expect(self.model.runs == [1, 7, 1, 7, 1, 7])
  }

  @Test func idsAndOutputsInJSONHaveHeadersOfTheirOwn() throws {
    for _ in 0..<2 {
      let results = try self.run([
        self.job(1, [1]), self.job(2, [2], id: "a"), self.job(3, [3], isRaw: false), self.job(4, [4], id: "b"),
        self.job(5, [5]), self.job(6, [6], isRaw: false),
      ])
      try self.check(results[0], [1])
      try self.check(results[1], [2], id: "a")
      try self.check(results[2], [3], isRaw: false)
      try self.check(results[3], [4], id: "b")
      try self.check(results[4], [5])
      try self.check(results[5], [6], isRaw: false)
    }
  }
}
