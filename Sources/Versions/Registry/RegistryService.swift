public import AuguryClient
import Glibc
public import QueueCore
public import Store

/// Which versions of models there are, and which artifacts they must be: what clients ask, what the store remembers,
/// and what the loop has to know of it.
public actor RegistryService {
  private let store: any MetadataStore & RegistryStore
  private let cluster: any VersionsCluster
  private let reader: ArtifactReader
  private let gate: ChangeGate

  /// Makes the service; nothing is read yet.
  ///
  /// - Parameter gate: Shared by all who change what the store and the loop know about versions.
  public init(
    store: any MetadataStore & RegistryStore, cluster: any VersionsCluster, reader: ArtifactReader, gate: ChangeGate
  ) {
    self.store = store
    self.cluster = cluster
    self.reader = reader
    self.gate = gate
  }

  // MARK: Registering

  /// Registers a version: reads its artifact's digest, size and signature, and has the loop refuse workers that serve
  /// anything else from now on.
  ///
  /// Throws ``PredictionError``, see ``AuguryClient/AuguryClient/register(_:timeout:)``.
  public func register(_ registration: ModelRegistration) async throws(PredictionError) -> ModelVersion {
    try Self.expectNames(registration.model, registration.version)
    let details = try RegistrationCheck.details(of: registration)
    guard let path = registration.path, path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw .invalid("INVALID_PATH", "path '\(registration.path ?? "")', expected an absolute path")
    }
    await self.gate.enter()
    defer { self.gate.leave() }
    let reading = try await self.reader.read(path, model: registration.model, version: registration.version)
    try await self.expectServedAlike(registration, digest: reading.digest)
    let now = Self.unixSeconds
    let record = RegisteredVersion(
      model: registration.model, version: registration.version, path: path, digest: reading.digest,
      size: reading.size, signature: reading.signature, details: details, createdAt: now, updatedAt: now)
    let registered = try await translated { () throws(StoreError) in try await self.store.register(record) }
    self.cluster.setArtifact(Artifact(registered), model: registered.model, version: registered.version)
    var answer = try await self.show(ModelVersionReference(model: record.model, version: record.version))
    if answer.signature == nil { answer.note = reading.note }
    return answer
  }

  /// Changes what the registry says about a version. Throws ``PredictionError``, `NOT_FOUND` if it is not registered.
  public func update(_ registration: ModelRegistration) async throws(PredictionError) -> ModelVersion {
    let details = try RegistrationCheck.details(of: registration)
    guard registration.path == nil else {
      throw .invalid("INVALID_PATH", "the artifact of a version cannot be changed; register another version")
    }
    _ = try await translated { () throws(StoreError) in
      try await self.store.updateVersion(
        model: registration.model, version: registration.version, details: details, at: Self.unixSeconds)
    }
    return try await self.show(ModelVersionReference(model: registration.model, version: registration.version))
  }

  /// Forgets a version and returns it as it was.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND`; `FAILED_PRECONDITION` naming the workers or aliases that need it.
  public func delete(_ reference: ModelVersionReference) async throws(PredictionError) -> ModelVersion {
    await self.gate.enter()
    defer { self.gate.leave() }
    let version = try await self.version(reference.model, reference.version)
    let workers = try await self.cluster.workers().filter {
      $0.model == reference.model && $0.version == reference.version
    }
    guard workers.isEmpty else {
      let names = workers.map(\.name).sorted().joined(separator: ", ")
      throw PredictionError(
        .failedPrecondition, reason: "IN_USE",
        message: "\(reference.model)@\(reference.version) is served by \(names)")
    }
    try await translated { () throws(StoreError) in
      try await self.store.forgetVersion(model: reference.model, version: reference.version)
    }
    self.cluster.setArtifact(nil, model: reference.model, version: reference.version)
    return version
  }

  // MARK: Asking

  /// The versions of a model, or of all models, by model, the highest first. Throws ``PredictionError``.
  public func list(_ filter: ModelFilter) async throws(PredictionError) -> [ModelVersion] {
    let registered = try await translated { () throws(StoreError) in
      try await self.store.registeredVersions(of: filter.model)
    }
    let seen = try await translated { () throws(StoreError) in try await self.store.versions() }
    let aliases = try await translated { () throws(StoreError) in try await self.store.aliases() }
    let workers = try await self.cluster.workers()
    var book = VersionBook()
    for version in registered { book.add(version) }
    for version in seen where filter.model == nil || version.model == filter.model { book.add(version) }
    for alias in aliases { book.add(alias) }
    for worker in workers where [.ready, .busy, .stuck].contains(worker.state) { book.add(worker) }
    return book.versions
  }

  /// One version, by its name or else by an alias. Throws ``PredictionError``, `NOT_FOUND` if there is none.
  public func show(_ reference: ModelVersionReference) async throws(PredictionError) -> ModelVersion {
    let versions = try await self.list(ModelFilter(model: reference.model))
    guard
      let version = versions.first(where: { $0.version == reference.version })
        ?? versions.first(where: { $0.aliases.contains(reference.version) })
    else { throw .unknownVersion(reference.model, reference.version) }
    return version
  }

  // MARK: Helpers of the above

  private func version(_ model: String, _ version: String) async throws(PredictionError) -> ModelVersion {
    let versions = try await self.list(ModelFilter(model: model))
    guard let found = versions.first(where: { $0.version == version }) else {
      throw .unknownVersion(model, version)
    }
    return found
  }

  /// A registration must not make strangers of workers that serve already.
  private func expectServedAlike(_ registration: ModelRegistration, digest: String) async throws(PredictionError) {
    let workers = try await self.cluster.workers()
    guard
      let other = workers.first(where: {
        $0.model == registration.model && $0.version == registration.version && $0.state != .warming
          && $0.digest != digest
      })
    else { return }
    let served = other.digest.isEmpty ? "no artifact" : "digest \(other.digest)"
    throw PredictionError(
      .failedPrecondition, reason: "SERVED_OTHERWISE",
      message: "worker \"\(other.name)\" serves \(registration.model)@\(registration.version) with \(served), "
        + "\(registration.path ?? "") has \(digest); drain the worker first")
  }

  private static func expectNames(_ model: String, _ version: String) throws(PredictionError) {
    try RegistrationCheck.expectName(model, "model")
    try RegistrationCheck.expectName(version, "version")
  }

  static var unixSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension AliasAssignment {
  init(_ alias: ModelAlias) {
    self.init(
      model: alias.model, alias: alias.alias, version: alias.version, by: alias.setBy.isEmpty ? nil : alias.setBy)
  }
}

extension Artifact {
  /// What the loop has to know of a registered version.
  public init(_ version: RegisteredVersion) {
    let digits = version.digest.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    self.init(path: version.path, digest: bytes)
  }
}
