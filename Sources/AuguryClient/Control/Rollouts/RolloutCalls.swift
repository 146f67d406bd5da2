/// What `rollouts.start` takes.
public struct RolloutRequest: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version that is rolled out.
  public var candidate: String
  /// The version that has all traffic now; needed only if the model has no route.
  public var baseline: String?
  /// The candidate's shares in percent, ascending, as `1,5,25,50,100`.
  public var steps: String
  /// Seconds that each step lasts at least.
  public var holdSeconds: Double
  /// Conditions, as `error_rate<1%`.
  public var guards: [String]?
  /// Seconds that a guard must fail without a break before something is done; nil for 30.
  public var failForSeconds: Double?
  /// Requests that the candidate needs in each step; nil for 100.
  public var minimumRequests: Int?
  /// Predictions with feedback that guards on them need; nil for 100.
  public var minimumScores: Int?
  /// Whether a failure makes the rollout wait for an operator, in the place of rolling it back.
  public var pausesOnFailure: Bool?
  /// Who wants it, for the record, as `user@host`.
  public var by: String?

  /// Asks for a rollout.
  public init(
    model: String, candidate: String, baseline: String? = nil, steps: String, holdSeconds: Double,
    guards: [String]? = nil, failForSeconds: Double? = nil, minimumRequests: Int? = nil, minimumScores: Int? = nil,
    pausesOnFailure: Bool? = nil, by: String? = nil
  ) {
    self.model = model
    self.candidate = candidate
    self.baseline = baseline
    self.steps = steps
    self.holdSeconds = holdSeconds
    self.guards = guards
    self.failForSeconds = failForSeconds
    self.minimumRequests = minimumRequests
    self.minimumScores = minimumScores
    self.pausesOnFailure = pausesOnFailure
    self.by = by
  }

  enum CodingKeys: String, CodingKey {
    case model
    case candidate
    case baseline
    case steps
    case holdSeconds = "hold_seconds"
    case guards
    case failForSeconds = "fail_for_seconds"
    case minimumRequests = "minimum_requests"
    case minimumScores = "minimum_scores"
    case pausesOnFailure = "pauses_on_failure"
    case by
  }
}

/// What `rollouts.pause`, `.resume`, `.promote` and `.abort` take.
public struct RolloutOrder: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// Who wants it, for the record.
  public var by: String?
  /// Why, for the record.
  public var reason: String?

  /// Names a model's rollout.
  public init(model: String, by: String? = nil, reason: String? = nil) {
    self.model = model
    self.by = by
    self.reason = reason
  }
}

/// A progressive rollout at a moment.
public struct RolloutInfo: Codable, Hashable, Sendable {
  /// Something that happened in it.
  public struct Record: Codable, Hashable, Sendable {
    /// When, in seconds since 1970.
    public var at: Double
    /// What, for example `step_began`.
    public var kind: String
    /// In which step, from 0.
    public var step: Int
    /// Who or why.
    public var detail: String

    /// Describes what happened.
    public init(at: Double, kind: String, step: Int, detail: String) {
      self.at = at
      self.kind = kind
      self.step = step
      self.detail = detail
    }
  }

  /// Its number.
  public var id: Int
  /// The model's name.
  public var model: String
  /// The version that is rolled out.
  public var candidate: String
  /// `running`, `paused`, or how it ended: `succeeded`, `promoted`, `rolled_back`, `aborted` or `superseded`.
  public var state: String
  /// The present step, from 0.
  public var step: Int
  /// The steps: the candidate's shares in percent.
  public var steps: [Double]
  /// The conditions.
  public var guards: [String]
  /// What keeps the present step from ending.
  public var waits: [String]
  /// Who started it.
  public var startedBy: String
  /// When it was started, in seconds since 1970.
  public var startedAt: Double
  /// What has happened; only in the answer of `rollouts.history`.
  public var records: [Record]?

  enum CodingKeys: String, CodingKey {
    case id
    case model
    case candidate
    case state
    case step
    case steps
    case guards
    case waits
    case startedBy = "started_by"
    case startedAt = "started_at"
    case records
  }

  /// Describes a rollout.
  public init(
    id: Int, model: String, candidate: String, state: String, step: Int, steps: [Double], guards: [String],
    waits: [String], startedBy: String, startedAt: Double, records: [Record]? = nil
  ) {
    self.id = id
    self.model = model
    self.candidate = candidate
    self.state = state
    self.step = step
    self.steps = steps
    self.guards = guards
    self.waits = waits
    self.startedBy = startedBy
    self.startedAt = startedAt
    self.records = records
  }
}

/// What `rollouts.status` and `rollouts.history` answer.
public struct RolloutList: Codable, Hashable, Sendable {
  /// The rollouts, the latest last.
  public var rollouts: [RolloutInfo]

  /// Makes a list.
  public init(rollouts: [RolloutInfo]) {
    self.rollouts = rollouts
  }
}

extension AuguryClient {
  /// Starts a progressive rollout. Throws ``PredictionError``: `INVALID_ARGUMENT` for a plan that makes no sense,
  /// `FAILED_PRECONDITION` if the model has a rollout that is not over.
  public func startRollout(_ request: RolloutRequest) async throws(PredictionError) -> RolloutInfo {
    try await self.control(ControlMethod.startRollout, request)
  }

  /// Orders something about a model's rollout: one of the methods `pauseRollout`, `resumeRollout`, `promoteRollout`,
  /// `abortRollout` of ``ControlMethod``. Throws ``PredictionError``, `NOT_FOUND` if none is under way.
  public func orderRollout(_ method: String, _ order: RolloutOrder) async throws(PredictionError) -> RolloutInfo {
    try await self.control(method, order)
  }

  /// The rollouts under way, and the last one of every other model that had one. Throws ``PredictionError``.
  public func rollouts(of model: String? = nil) async throws(PredictionError) -> [RolloutInfo] {
    let list: RolloutList = try await self.control(ControlMethod.showRollouts, ModelFilter(model: model))
    return list.rollouts
  }

  /// All rollouts of a model with all that happened in them. Throws ``PredictionError``.
  public func rolloutHistory(of model: String) async throws(PredictionError) -> [RolloutInfo] {
    let list: RolloutList = try await self.control(ControlMethod.rolloutHistory, ModelFilter(model: model))
    return list.rollouts
  }
}
