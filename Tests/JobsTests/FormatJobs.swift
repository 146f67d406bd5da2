import AuguryClient
import QueueCore
import Store
import Tensors

@testable import Jobs

/// Jobs with options, put into the store as submissions put them there.
extension Bench {
  /// A model of text, or of two numbers, whose outputs are what ``FakeCluster`` answers.
  static func signature(_ type: DataType) -> Signature {
    let shape = type == .bytes ? [-1] : [-1, 2]
    return Signature(
      inputs: [TensorSpec(name: "X", dataType: type, shape: shape)],
      outputs: [
        TensorSpec(name: "of", dataType: type, shape: shape), TensorSpec(name: "first", dataType: type, shape: shape),
        TensorSpec(name: "rows", dataType: .int64, shape: [-1]),
      ])
  }

  func announce(_ signature: Signature) async throws {
    let text = ByteBuffer()
    text.appendMetadata(modelName: "digits", versions: ["1"], platform: "test", signature: signature)
    try await self.store.recordVersion(
      ModelVersionRecord(
        model: "digits", version: "1", digest: nil,
        signature: text.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }, firstSeenAt: 1, lastSeenAt: 1))
  }

  func insert(
    _ rows: RowOptions, input: String = "in", output: String = "out", retryOf: JobID? = nil
  ) async throws -> JobID {
    var options = JobOptions()
    options.rows = rows
    options.retryOf = retryOf?.rawValue
    let path = self.folder.file(input)
    let job = NewJob(
      model: "digits", requestedVersion: nil, input: path, output: self.folder.file(output),
      errors: self.folder.file(output + ".errors.jsonl"), overwrite: retryOf != nil, batchSize: 8,
      chunkBytes: self.settings.chunkBytes, inputFingerprint: try OpenFile.forReading(path).fingerprint(), createdAt: 1,
      options: options)
    return try await self.store.insertJob(job).id
  }

  func finish(_ id: JobID) async throws -> JobRecord {
    _ = try await self.running { try await $0.ended(id.description) }
    return try await self.store.existingJob(id)
  }

  /// Runs a service until it has had that many answers, or the job has ended, and lets it die.
  func runAndKill(_ id: JobID, afterAnswers answers: Int) async throws {
    self.cluster.change { $0.permits = answers }
    let service = self.makeService()
    let task = Task { await service.run() }
    try await eventually {
      if self.cluster.isExhausted { return true }
      return try await self.store.existingJob(id).state.isFinal
    }
    // So that some of what was answered is written, and some of that is checkpointed.
    for _ in 0..<20 { await Task.yield() }
    task.cancel()
    await task.value
    self.cluster.change { $0.permits = nil }
  }
}
