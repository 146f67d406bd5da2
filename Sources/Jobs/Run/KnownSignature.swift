import Store
import Tensors

extension MetadataStore {
  /// What the workers of a version have announced; nil if none was seen yet, or they say nothing that can be read.
  ///
  /// Throws ``StoreError``.
  func signature(of model: String, _ version: String) async throws(StoreError) -> Signature? {
    let known = try await self.versions().first { $0.model == model && $0.version == version }
    return known.flatMap { Signature(announced: $0.signature) }
  }
}

extension Signature {
  /// Reads what workers announce; nil if it cannot be read.
  init?(announced text: String) {
    do throws(TensorError) {
      try self.init(metadata: Array(text.utf8))
    } catch {
      return nil
    }
  }
}
