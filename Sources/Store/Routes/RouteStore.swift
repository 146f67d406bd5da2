/// Where the cluster remembers how requests were routed: every change, the last one of a model being in force.
///
/// Every call is one transaction, as with ``MetadataStore``.
public protocol RouteStore: Sendable {
  /// Remembers a change of a model's route.
  ///
  /// Throws `notFound` naming a version that is neither registered nor seen, `outdated` if the epoch is not the next.
  func appendRoute(_ revision: RouteRevision) async throws(StoreError)

  /// Forgets the last change of a model's route, which could not be put in force.
  func takeBackRoute(model: String, epoch: UInt32) async throws(StoreError)

  /// Every change of a model's route, or of all models' routes, by model, the last one last.
  func routeRevisions(of model: String?) async throws(StoreError) -> [RouteRevision]

  /// The last change of every model's route.
  func presentRoutes() async throws(StoreError) -> [RouteRevision]
}
