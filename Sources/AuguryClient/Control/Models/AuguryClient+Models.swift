// The registry of model versions.

extension AuguryClient {
  /// Registers a version of a model: the broker reads the artifact's digest, size and signature.
  ///
  /// A version that is registered with the same artifact already gets what is new about it.
  ///
  /// Throws ``PredictionError``: `ALREADY_EXISTS` if it is registered with another artifact, `NOT_FOUND` if there is no
  /// such file, `INVALID_ARGUMENT` if it is no sound model, `FAILED_PRECONDITION` if a worker serves the version with
  /// another artifact.
  public func register(
    _ registration: ModelRegistration, timeout: Duration? = nil
  ) async throws(PredictionError) -> ModelVersion {
    try await self.control(ControlMethod.registerModel, registration, timeout: timeout)
  }

  /// Changes what the registry says about a version, but for its artifact.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if it is not registered.
  public func updateModel(_ registration: ModelRegistration) async throws(PredictionError) -> ModelVersion {
    try await self.control(ControlMethod.updateModel, registration)
  }

  /// The versions of a model, or of all: those registered and those seen.
  ///
  /// Throws ``PredictionError``.
  public func modelVersions(of model: String? = nil) async throws(PredictionError) -> [ModelVersion] {
    let list: ModelVersionList = try await self.control(ControlMethod.listModels, ModelFilter(model: model))
    return list.versions
  }

  /// One version, by its name or an alias.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is none.
  public func modelVersion(_ model: String, _ version: String) async throws(PredictionError) -> ModelVersion {
    try await self.control(ControlMethod.showModel, ModelVersionReference(model: model, version: version))
  }

  /// Sets an alias, or moves it to another version.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such version, `ALREADY_EXISTS` if a version has the name.
  @discardableResult
  public func setAlias(_ assignment: AliasAssignment) async throws(PredictionError) -> AliasAssignment {
    try await self.control(ControlMethod.setAlias, assignment)
  }

  /// Removes an alias and returns what it stood for.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is none.
  @discardableResult
  public func removeAlias(_ alias: String, of model: String) async throws(PredictionError) -> AliasAssignment {
    try await self.control(ControlMethod.removeAlias, AliasReference(model: model, alias: alias))
  }

  /// Forgets a version; its artifact stays where it is.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is none, `FAILED_PRECONDITION` naming what still needs it.
  @discardableResult
  public func deleteModelVersion(_ model: String, _ version: String) async throws(PredictionError) -> ModelVersion {
    try await self.control(ControlMethod.deleteModel, ModelVersionReference(model: model, version: version))
  }
}
