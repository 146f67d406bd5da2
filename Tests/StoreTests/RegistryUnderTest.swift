import Store

extension StoreUnderTest {
  /// Runs a body with a store that is both, opened once or for every call.
  func withRegistry(_ body: (any MetadataStore & RegistryStore) async throws -> Void) async throws {
    try await self.with { store in
      guard let registry = store as? any MetadataStore & RegistryStore else {
        preconditionFailure("every store under test is a registry")
      }
      try await body(registry)
    }
  }
}

extension RegisteredVersion {
  static func example(
    _ version: String = "1", model: String = "digits", digest: String = "ab",
    details: VersionDetails = VersionDetails(),
    at time: Double = 100
  ) -> RegisteredVersion {
    RegisteredVersion(
      model: model, version: version, path: "/models/\(model)/\(version)/model.onnx", digest: digest, size: .max - 3,
      signature: #"{"inputs":[],"outputs":[]}"#, details: details, createdAt: time, updatedAt: time)
  }
}

extension ModelAlias {
  static func example(_ alias: String, _ version: String, model: String = "digits") -> ModelAlias {
    ModelAlias(model: model, alias: alias, version: version, setAt: 7.5, setBy: "ada@host")
  }
}

extension ReopeningStore: RegistryStore {
  func register(_ version: RegisteredVersion) async throws(StoreError) -> RegisteredVersion {
    try await self.open { store throws(StoreError) in try await store.register(version) }
  }

  func updateVersion(
    model: String, version: String, details: VersionDetails, at time: Double
  ) async throws(StoreError) -> RegisteredVersion {
    try await self.open { store throws(StoreError) in
      try await store.updateVersion(model: model, version: version, details: details, at: time)
    }
  }

  func registeredVersions(of model: String?) async throws(StoreError) -> [RegisteredVersion] {
    try await self.open { store throws(StoreError) in try await store.registeredVersions(of: model) }
  }

  func forgetVersion(model: String, version: String) async throws(StoreError) {
    try await self.open { store throws(StoreError) in try await store.forgetVersion(model: model, version: version) }
  }

  func setAlias(_ alias: ModelAlias) async throws(StoreError) -> ModelAlias {
    try await self.open { store throws(StoreError) in try await store.setAlias(alias) }
  }

  func removeAlias(model: String, alias: String) async throws(StoreError) -> ModelAlias {
    try await self.open { store throws(StoreError) in try await store.removeAlias(model: model, alias: alias) }
  }

  func aliases() async throws(StoreError) -> [ModelAlias] {
    try await self.open { store throws(StoreError) in try await store.aliases() }
  }
}
