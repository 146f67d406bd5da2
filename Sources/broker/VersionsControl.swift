import AuguryClient
import Inference
import Logging
import QueueCore
import ServiceLifecycle
import Store
import Versions

/// The control calls around model versions.
struct VersionsControl: Sendable {
  let registry: RegistryService
  let routes: RouteService
  let feedback: FeedbackService
  let comparison: ComparisonService
  let rollouts: RolloutService
  /// How often a version's answers to copies were the given ones, by model and version; nil if it got none.
  private let agreement: @Sendable (String, String) async -> AgreementStatus?

  /// Makes the services around versions.
  ///
  /// - Parameters:
  ///   - table: The routes and aliases that the loop begins with.
  ///   - observed: The models whose predictions it leaves in the inbox from the start.
  init(
    store: SQLiteStore, loop: LoopHandle, table: RouteTable, inbox: PredictionInbox, observed: [ObservedModel],
    agreement: @escaping @Sendable (String, String) async -> AgreementStatus?
  ) {
    self.agreement = agreement

    let gate = ChangeGate()
    self.registry = RegistryService(
      store: store, cluster: loop, reader: ArtifactReader { () throws(InferenceError) in try OnnxLibrary.load() },
      gate: gate)
    self.routes = RouteService(store: store, cluster: loop, table: table, gate: gate)
    self.feedback = FeedbackService(store: store, cluster: loop, inbox: inbox, observed: observed)
    self.comparison = ComparisonService(store: store, cluster: loop, feedback: self.feedback)
    self.rollouts = RolloutService(
      store: store, cluster: loop, routes: self.routes, comparison: self.comparison)
  }

  /// Answers a call; nil if it is none of these. Throws ``PredictionError``.
  func answer(_ call: ControlCall) async throws(PredictionError) -> [UInt8]? {
    switch call.method {
    case ControlMethod.registerModel:
      return try await Self.perform(call, self.registry.register)
    case ControlMethod.updateModel:
      return try await Self.perform(call, self.registry.update)
    case ControlMethod.listModels:
      let filter = try ControlCoding.decode(ModelFilter.self, from: call.body)
      return try ControlCoding.encode(ModelVersionList(versions: try await self.registry.list(filter)))
    case ControlMethod.showModel:
      return try await Self.perform(call, self.registry.show)
    case ControlMethod.deleteModel:
      return try await Self.perform(call, self.registry.delete)
    case ControlMethod.setAlias:
      return try await Self.perform(call, self.routes.setAlias)
    case ControlMethod.removeAlias:
      return try await Self.perform(call, self.routes.removeAlias)
    case ControlMethod.setRoute:
      return try await self.changeRoute(call, self.routes.set)
    case ControlMethod.removeRoute:
      return try await self.changeRoute(call, self.routes.remove)
    case ControlMethod.rollBackRoute:
      return try await self.changeRoute(call, self.routes.rollBack)
    case ControlMethod.showRoutes:
      let filter = try ControlCoding.decode(ModelFilter.self, from: call.body)
      return try ControlCoding.encode(RouteChangeList(changes: try await self.routes.show(filter)))
    case ControlMethod.routeHistory:
      let filter = try ControlCoding.decode(ModelFilter.self, from: call.body)
      return try ControlCoding.encode(RouteChangeList(changes: try await self.routes.history(filter)))
    case ControlMethod.giveFeedback:
      return try await Self.perform(call, self.feedback.give)
    case ControlMethod.observeModel:
      return try await Self.perform(call, self.feedback.observe)
    case ControlMethod.stopObserving:
      return try await Self.perform(call, self.feedback.stopObserving)
    case ControlMethod.feedbackStatus:
      return try ControlCoding.encode(try await self.feedback.status())
    case ControlMethod.compareVersions:
      let request = try ControlCoding.decode(ComparisonRequest.self, from: call.body)
      let route = await self.routes.present(of: request.model)
      var status = try await self.comparison.compare(request, route: route)
      status.agreement = await self.agreement(request.model, request.candidate)
      return try ControlCoding.encode(status)
    default:
      return try await self.answerAboutRollouts(call)
    }
  }

  private func answerAboutRollouts(_ call: ControlCall) async throws(PredictionError) -> [UInt8]? {
    switch call.method {
    case ControlMethod.startRollout:
      return try await Self.perform(call, self.rollouts.start)
    case ControlMethod.pauseRollout:
      return try await self.order(call) { by, _ in .pause(by: by) }
    case ControlMethod.resumeRollout:
      return try await self.order(call) { by, _ in .resume(by: by) }
    case ControlMethod.promoteRollout:
      return try await self.order(call) { by, _ in .promote(by: by) }
    case ControlMethod.abortRollout:
      return try await self.order(call) { by, reason in .abort(by: by, reason: reason) }
    case ControlMethod.showRollouts:
      let filter = try ControlCoding.decode(ModelFilter.self, from: call.body)
      return try ControlCoding.encode(RolloutList(rollouts: try await self.rollouts.show(filter)))
    case ControlMethod.rolloutHistory:
      let filter = try ControlCoding.decode(ModelFilter.self, from: call.body)
      return try ControlCoding.encode(RolloutList(rollouts: try await self.rollouts.history(filter)))
    default:
      return nil
    }
  }

  private func order(
    _ call: ControlCall, _ event: @Sendable (String, String) -> RolloutEvent
  ) async throws(PredictionError) -> [UInt8] {
    let order = try ControlCoding.decode(RolloutOrder.self, from: call.body)
    let by = order.by ?? "somebody"
    return try ControlCoding.encode(
      try await self.rollouts.order(order.model, event(by, order.reason ?? "")))
  }

  private func changeRoute<Body: Decodable & Sendable>(
    _ call: ControlCall, _ method: (Body) async throws(PredictionError) -> RouteChange
  ) async throws(PredictionError) -> [UInt8] {
    let change = try await method(try ControlCoding.decode(Body.self, from: call.body))
    await self.comparison.routeChanged(model: change.model)
    return try ControlCoding.encode(change)
  }

  private static func perform<Body: Decodable & Sendable, Answer: Encodable & Sendable>(
    _ call: ControlCall, _ method: (Body) async throws(PredictionError) -> Answer
  ) async throws(PredictionError) -> [UInt8] {
    try ControlCoding.encode(try await method(try ControlCoding.decode(Body.self, from: call.body)))
  }
}

extension LoopHandle: VersionsCluster {
  func workers() async throws(PredictionError) -> [WorkerStatus] {
    try await self.snapshot().workerList.workers
  }

  func observations(of model: String) async throws(PredictionError) -> [VersionObservation] {
    try await self.snapshot().versions.filter { $0.model == model }.map { version in
      let figures = version.figures.online
      var outcomes: [StatusCode: UInt64] = [:]
      for code in StatusCode.allCases where figures.ended(code) > 0 { outcomes[code] = figures.ended(code) }
      return VersionObservation(
        version: version.version, outcomes: outcomes, latency: figures.latency, assigned: version.figures.assigned)
    }
  }

  func routeChanged(_ change: RouteChange, description: String) {
    Self.logger.notice(
      "route changed",
      metadata: [
        "model": "\(change.model)", "epoch": "\(change.epoch)", "route": "\(description)", "by": "\(change.by)",
        "reason": "\(change.reason ?? "")",
      ])
    let body = RouteEventBody(
      event: "route.changed", model: change.model, epoch: change.epoch, route: description, by: change.by,
      reason: change.reason)
    guard let bytes = try? ControlCoding.encode(body) else { return }
    self.publish(topic: body.event, body: bytes)
  }

  func rolloutMoved(model: String, rollout: Int, record: RolloutInfo.Record) {
    Self.logger.notice(
      "rollout moved",
      metadata: [
        "model": "\(model)", "rollout": "\(rollout)", "what": "\(record.kind)", "step": "\(record.step)",
        "detail": "\(record.detail)",
      ])
    let body = RolloutEventBody(
      event: "rollout.moved", model: model, rollout: rollout, kind: record.kind, step: record.step,
      detail: record.detail)
    guard let bytes = try? ControlCoding.encode(body) else { return }
    self.publish(topic: body.event, body: bytes)
  }

  func rolloutFailed(model: String, message: String) {
    Self.logger.error("rollout cannot be driven", metadata: ["model": "\(model)", "error": "\(message)"])
  }

  private static let logger = Logger(label: "versions")
}

/// The services around versions that work by themselves, in the lifecycle.
struct VersionsRunning: Service {
  let versions: VersionsControl

  func run() async throws {
    await cancelWhenGracefulShutdown {
      async let feedback: Void = self.versions.feedback.run()
      await self.versions.rollouts.run()
      await feedback
    }
  }
}

/// The event of something that happened in a rollout.
struct RolloutEventBody: Codable, Sendable {
  var event: String
  var model: String
  var rollout: Int
  var kind: String
  var step: Int
  var detail: String
}

/// The event of a route that is another one now.
struct RouteEventBody: Codable, Sendable {
  var event: String
  var model: String
  var epoch: Int
  /// The route as people write it.
  var route: String
  var by: String
  var reason: String?
}
