/// Where the cluster remembers which versions of models there are, and what they are called.
///
/// Every call is one transaction, as with ``MetadataStore``. A name means one thing: no alias of a model is also the
/// name of one of its versions, registered or seen.
public protocol RegistryStore: Sendable {
  /// Registers a version. One that is registered with the same digest gets the new path, signature and details.
  ///
  /// Throws `digestDiffers` if it is registered with another digest, `nameTaken` if it has the name of an alias.
  func register(_ version: RegisteredVersion) async throws(StoreError) -> RegisteredVersion

  /// Changes what people say about a version, see ``VersionDetails/merge(_:)``.
  ///
  /// Throws `notFound`.
  func updateVersion(
    model: String, version: String, details: VersionDetails, at time: Double
  ) async throws(StoreError) -> RegisteredVersion

  /// The registered versions of a model, or of all models, in no particular order.
  func registeredVersions(of model: String?) async throws(StoreError) -> [RegisteredVersion]

  /// Forgets a version: that it was registered, and that it was seen.
  ///
  /// Throws `notFound` if it is neither, `inUse` naming the aliases that stand for it, or the route that it
  /// is in.
  func forgetVersion(model: String, version: String) async throws(StoreError)

  /// Sets an alias, or moves it, and returns it.
  ///
  /// Throws `notFound` if the version is neither registered nor seen, `nameTaken` if the alias is a version's name.
  func setAlias(_ alias: ModelAlias) async throws(StoreError) -> ModelAlias

  /// Removes an alias and returns it as it was.
  ///
  /// Throws `notFound`.
  func removeAlias(model: String, alias: String) async throws(StoreError) -> ModelAlias

  /// All aliases, by model and alias.
  func aliases() async throws(StoreError) -> [ModelAlias]
}
