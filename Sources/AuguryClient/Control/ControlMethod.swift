/// The names of what the broker can be asked by a control call. The list is open: a newer broker may know more.
public enum ControlMethod {
  /// ``NoArguments`` to ``ClusterStatus``.
  public static let status = "status"
  /// ``NoArguments`` to ``WorkerList``.
  public static let workers = "workers"
  /// ``JobSubmission`` to ``Job``.
  public static let submitJob = "jobs.submit"
  /// ``JobFilter`` to ``JobList``.
  public static let listJobs = "jobs.list"
  /// ``JobReference`` to ``Job``.
  public static let showJob = "jobs.show"
  /// ``JobReference`` to ``Job``.
  public static let cancelJob = "jobs.cancel"
  /// ``JobReference`` to ``Job``: rests until it is resumed.
  public static let pauseJob = "jobs.pause"
  /// ``JobReference`` to ``Job``.
  public static let resumeJob = "jobs.resume"
  /// ``JobReference`` to the ``Job`` that is forgotten; its files stay.
  public static let deleteJob = "jobs.delete"
  /// ``JobReference`` to a new ``Job``, which predicts the failed rows of that one again and mends its output.
  public static let retryJob = "jobs.retry_failed"
  /// Have a worker finish what it has and leave; takes a ``WorkerReference`` and returns it.
  public static let drainWorker = "workers.drain"
  /// Have all workers of a version do so; takes a ``ModelVersionReference`` and returns ``DrainedWorkers``.
  public static let drainVersion = "workers.drain_version"
  /// ``ModelRegistration`` to ``ModelVersion``.
  public static let registerModel = "models.register"
  /// ``ModelRegistration`` without a path to ``ModelVersion``.
  public static let updateModel = "models.update"
  /// ``ModelFilter`` to ``ModelVersionList``.
  public static let listModels = "models.list"
  /// ``ModelVersionReference``, which may name an alias, to ``ModelVersion``.
  public static let showModel = "models.show"
  /// ``ModelVersionReference`` to the ``ModelVersion`` that is forgotten.
  public static let deleteModel = "models.delete"
  /// ``AliasAssignment``, which it returns.
  public static let setAlias = "models.alias"
  /// ``RouteAssignment`` to ``RouteChange``.
  public static let setRoute = "routes.set"
  /// ``RouteOrder`` to ``RouteChange``: the broker chooses the version again.
  public static let removeRoute = "routes.remove"
  /// ``RouteOrder`` to ``RouteChange``: an earlier route is in force again.
  public static let rollBackRoute = "routes.rollback"
  /// ``ModelFilter`` to ``RouteChangeList``: the last change of each model.
  public static let showRoutes = "routes.show"
  /// ``ModelFilter`` to ``RouteChangeList``: every change.
  public static let routeHistory = "routes.history"
  /// ``RolloutRequest`` to ``RolloutInfo``.
  public static let startRollout = "rollouts.start"
  /// ``RolloutOrder`` to ``RolloutInfo``: it stays where it is.
  public static let pauseRollout = "rollouts.pause"
  /// ``RolloutOrder`` to ``RolloutInfo``: it goes on.
  public static let resumeRollout = "rollouts.resume"
  /// ``RolloutOrder`` to ``RolloutInfo``: the candidate gets all traffic now.
  public static let promoteRollout = "rollouts.promote"
  /// ``RolloutOrder`` to ``RolloutInfo``: the original route comes back.
  public static let abortRollout = "rollouts.abort"
  /// ``ModelFilter`` to ``RolloutList``: the last one of each model.
  public static let showRollouts = "rollouts.status"
  /// ``ModelFilter`` to ``RolloutList``: all, with what happened in them.
  public static let rolloutHistory = "rollouts.history"
  /// ``ComparisonRequest`` to ``VersionComparisonStatus``.
  public static let compareVersions = "versions.compare"
  /// ``FeedbackBatch`` to ``FeedbackReceipt``.
  public static let giveFeedback = "feedback.give"
  /// ``FeedbackSettings``, which it completes and returns: predictions of the model are remembered.
  public static let observeModel = "feedback.observe"
  /// ``ModelFilter``, which it returns: predictions of the model are no longer remembered.
  public static let stopObserving = "feedback.stop"
  /// ``NoArguments`` to ``FeedbackStatus``.
  public static let feedbackStatus = "feedback.status"
  /// ``AliasReference`` to the ``AliasAssignment`` that is removed.
  public static let removeAlias = "models.unalias"
}

/// Names a worker.
public struct WorkerReference: Codable, Hashable, Sendable {
  /// The worker's name.
  public var name: String

  /// Names a worker.
  public init(name: String) {
    self.name = name
  }
}
