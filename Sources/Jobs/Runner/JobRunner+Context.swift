import Logging
import Store
import Tensors

extension JobRunner {
  /// What a run of a job must know beside the job itself.
  ///
  /// Throws ``StoreError``.
  func context(of record: JobRecord, version: String) async throws(StoreError) -> RunContext {
    var context = RunContext(signature: try await self.signature(of: record.job.model, version))
    if let parent = record.job.options.retryOf { context.parent = try await self.store.job(JobID(parent)) }
    return context
  }

  /// What the workers of a version have announced; nil if none was seen yet, or they say nothing that can be read.
  ///
  /// Throws ``StoreError``.
  func signature(of model: String, _ version: String) async throws(StoreError) -> Signature? {
    let known = try await self.store.versions().first { $0.model == model && $0.version == version }
    guard let known else { return nil }
    do throws(TensorError) {
      return try Signature(metadata: Array(known.signature.utf8))
    } catch {
      self.logger.debug(
        "signature cannot be read", metadata: ["model": "\(model)", "version": "\(version)", "reason": "\(error)"])
      return nil
    }
  }
}
