// How requests that name no version are routed.

extension AuguryClient {
  /// Gives a model a route, for all requests that come from then on.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` for a version that is neither registered nor was ever served,
  /// `INVALID_ARGUMENT` for a route that makes no sense.
  @discardableResult
  public func setRoute(_ assignment: RouteAssignment) async throws(PredictionError) -> RouteChange {
    try await self.control(ControlMethod.setRoute, assignment)
  }

  /// Takes a model's route away: the broker chooses the version again.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if it has none.
  @discardableResult
  public func removeRoute(_ order: RouteOrder) async throws(PredictionError) -> RouteChange {
    try await self.control(ControlMethod.removeRoute, order)
  }

  /// Puts an earlier route in force again, under a new epoch.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is no such epoch, or no earlier one.
  @discardableResult
  public func rollBackRoute(_ order: RouteOrder) async throws(PredictionError) -> RouteChange {
    try await self.control(ControlMethod.rollBackRoute, order)
  }

  /// The route of a model, or of every model that has or had one, with the change that made it.
  ///
  /// Throws ``PredictionError``.
  public func routes(of model: String? = nil) async throws(PredictionError) -> [RouteChange] {
    let list: RouteChangeList = try await self.control(ControlMethod.showRoutes, ModelFilter(model: model))
    return list.changes
  }

  /// Every change of a model's route, the last one last.
  ///
  /// Throws ``PredictionError``.
  public func routeHistory(of model: String) async throws(PredictionError) -> [RouteChange] {
    let list: RouteChangeList = try await self.control(ControlMethod.routeHistory, ModelFilter(model: model))
    return list.changes
  }
}
