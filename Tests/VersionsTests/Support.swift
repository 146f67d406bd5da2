import AuguryClient
import Glibc
import Inference
import QueueCore
import Store
import Synchronization
import Testing
import Versions

/// A cluster's loop as a test wants it to be; remembers what it was told.
final class FakeLoop: VersionsCluster {
  private struct State {
    var workers: [WorkerStatus] = []
    var artifacts: [String: Artifact] = [:]
    var table = RouteTable()
    var changes: [RouteChange] = []
    var refusal: PredictionError?
    var observed: Set<String> = []
    var observations: [VersionObservation] = []
    var moves: [RolloutInfo.Record] = []
  }

  private let state = Mutex(State())

  /// The workers that are there.
  var present: [WorkerStatus] {
    get { self.state.withLock { $0.workers } }
    set { self.state.withLock { $0.workers = newValue } }
  }

  /// What workers must serve, by `model@version`.
  var artifacts: [String: Artifact] { self.state.withLock { $0.artifacts } }

  /// The routes and aliases in force.
  var table: RouteTable { self.state.withLock { $0.table } }

  /// The changes that were told to people.
  var changes: [RouteChange] { self.state.withLock { $0.changes } }

  /// Refuses every table while it is set.
  var refusal: PredictionError? {
    get { self.state.withLock { $0.refusal } }
    set { self.state.withLock { $0.refusal = newValue } }
  }

  func setRoutes(_ table: RouteTable) async throws(PredictionError) {
    if let refusal = self.refusal { throw refusal }
    self.state.withLock { $0.table = table }
  }

  /// The models whose predictions are to be left in the inbox.
  var observed: Set<String> { self.state.withLock { $0.observed } }

  /// How the versions have served.
  var served: [VersionObservation] {
    get { self.state.withLock { $0.observations } }
    set { self.state.withLock { $0.observations = newValue } }
  }

  func observations(of model: String) async throws(PredictionError) -> [VersionObservation] { self.served }

  /// What happened in rollouts.
  var moves: [RolloutInfo.Record] { self.state.withLock { $0.moves } }

  func rolloutMoved(model: String, rollout: Int, record: RolloutInfo.Record) {
    self.state.withLock { $0.moves.append(record) }
  }

  func rolloutFailed(model: String, message: String) {
    Issue.record("a rollout of \(model) cannot be driven: \(message)")
  }

  func observe(_ models: Set<String>) {
    self.state.withLock { $0.observed = models }
  }

  func routeChanged(_ change: RouteChange, description: String) {
    self.state.withLock { $0.changes.append(change) }
  }

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
  let routes: RouteService
  let inbox: PredictionInbox
  let feedback: FeedbackService
  let comparison: ComparisonService
  let rollouts: RolloutService

  /// - Parameter library: Opens ONNX Runtime; by default there is none.
  init(
    library: @escaping @Sendable () throws(InferenceError) -> OnnxLibrary = { () throws(InferenceError) in
      throw InferenceError(.unavailable, "no ONNX Runtime here")
    }, inboxLimit: Int = 1000
  ) throws {
    var template = Array("/tmp/augury-versions-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    guard let made else { preconditionFailure("Cannot make a temporary directory") }
    self.folder = String(cString: made)
    self.store = try SQLiteStore(dataDirectory: self.folder)
    let gate = ChangeGate()
    self.registry = RegistryService(
      store: self.store, cluster: self.loop, reader: ArtifactReader(library: library), gate: gate)
    self.routes = RouteService(store: self.store, cluster: self.loop, table: RouteTable(), gate: gate)
    self.inbox = PredictionInbox(limit: inboxLimit)
    self.feedback = FeedbackService(store: self.store, cluster: self.loop, inbox: self.inbox, observed: [])
    self.comparison = ComparisonService(store: self.store, cluster: self.loop, feedback: self.feedback)
    self.rollouts = RolloutService(
      store: self.store, cluster: self.loop, routes: self.routes, comparison: self.comparison)
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
