import AuguryClient
import Glibc
import Inference
import QueueCore
import Store
import Synchronization
import Versions

/// A cluster's loop as a test wants it to be; remembers what it was told.
final class FakeLoop: VersionsCluster {
  private struct State {
    var workers: [WorkerStatus] = []
    var artifacts: [String: Artifact] = [:]
  }

  private let state = Mutex(State())

  /// The workers that are there.
  var present: [WorkerStatus] {
    get { self.state.withLock { $0.workers } }
    set { self.state.withLock { $0.workers = newValue } }
  }

  /// What workers must serve, by `model@version`.
  var artifacts: [String: Artifact] { self.state.withLock { $0.artifacts } }

  func workers() async throws(PredictionError) -> [WorkerStatus] { self.present }

  func setArtifact(_ artifact: Artifact?, model: String, version: String) {
    self.state.withLock { $0.artifacts["\(model)@\(version)"] = artifact }
  }
}

/// A registry on a store of its own, in a folder that is gone with the last reference to it.
final class RegistryBench: Sendable {
  let folder: String
  let store: SQLiteStore
  let loop = FakeLoop()
  let registry: RegistryService

  /// - Parameter library: Opens ONNX Runtime; by default there is none.
  init(
    library: @escaping @Sendable () throws(InferenceError) -> OnnxLibrary = { () throws(InferenceError) in
      throw InferenceError(.unavailable, "no ONNX Runtime here")
    }
  ) throws {
    var template = Array("/tmp/augury-versions-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    guard let made else { preconditionFailure("Cannot make a temporary directory") }
    self.folder = String(cString: made)
    self.store = try SQLiteStore(dataDirectory: self.folder)
    self.registry = RegistryService(
      store: self.store, cluster: self.loop, reader: ArtifactReader(library: library))
  }

  deinit {
    try? self.store.close()
    for name in ["augury.db", "augury.db-wal", "augury.db-shm", "a.onnx", "b.onnx"] { unlink("\(self.folder)/\(name)") }
    rmdir(self.folder)
  }

  /// Writes a file and returns its path.
  func file(_ name: String, _ content: String) -> String {
    let path = "\(self.folder)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(descriptor) }
    precondition(write(descriptor, content, content.utf8.count) == content.utf8.count, "Cannot write \(path)")
    return path
  }
}

extension WorkerStatus {
  static func example(
    _ name: String, model: String = "digits", version: String = "1", state: State = .ready, digest: String = ""
  ) -> WorkerStatus {
    WorkerStatus(
      name: name, model: model, version: version, state: state, host: "h", pid: 1, engine: "e", digest: digest,
      lastBeatSeconds: 0, uptimeSeconds: 1, loadSeconds: 0, credit: 1, bulkCredit: 1, inFlight: 0, queued: 0,
      requestsTotal: 0, rowsTotal: 0, batchesTotal: 0, errors: [:], queueSeconds: Quantiles(),
      computeSeconds: Quantiles(), rssBytes: 0, cpuSeconds: 0)
  }
}

/// The error that a call of a service throws, or nil.
func failure(_ body: () async throws -> Void) async -> PredictionError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? PredictionError
  }
}
