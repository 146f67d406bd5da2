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
