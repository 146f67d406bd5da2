/// What turned out to be true of one prediction.
public struct FeedbackItem: Codable, Hashable, Sendable {
  /// The prediction's id, as its reply told it: 16 hexadecimal digits.
  public var id: String
  /// What was true.
  public var truth: FeedbackValue

  /// Says what was true.
  public init(id: String, truth: FeedbackValue) {
    self.id = id
    self.truth = truth
  }
}

/// What `feedback.give` takes: feedback about any number of predictions, up to 10,000.
public struct FeedbackBatch: Codable, Hashable, Sendable {
  /// The feedback.
  public var items: [FeedbackItem]

  /// Gathers feedback.
  public init(items: [FeedbackItem]) {
    self.items = items
  }
}

/// What `feedback.give` answers.
public struct FeedbackReceipt: Codable, Hashable, Sendable {
  /// Feedback that was taken in.
  public var accepted: Int
  /// Ids about which there had been feedback before; the first one stays.
  public var repeated: [String]
  /// Ids that are not remembered: never made, not of an observed model, or too old.
  public var unknown: [String]
  /// Feedback that does not fit its prediction: what is wrong with it.
  public var refused: [String]

  /// Makes a receipt.
  public init(accepted: Int = 0, repeated: [String] = [], unknown: [String] = [], refused: [String] = []) {
    self.accepted = accepted
    self.repeated = repeated
    self.unknown = unknown
    self.refused = refused
  }
}

/// What `feedback.observe` takes: how the predictions of a model are to be remembered.
public struct FeedbackSettings: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The output that feedback is about; nil for the only one that has one value a row.
  public var output: String?
  /// Predictions that are remembered at most, the latest; nil for 100,000.
  public var keptPredictions: Int?
  /// Seconds after which a prediction is forgotten; nil for a week.
  public var keptSeconds: Double?

  /// Says how predictions are remembered.
  public init(model: String, output: String? = nil, keptPredictions: Int? = nil, keptSeconds: Double? = nil) {
    self.model = model
    self.output = output
    self.keptPredictions = keptPredictions
    self.keptSeconds = keptSeconds
  }

  enum CodingKeys: String, CodingKey {
    case model
    case output
    case keptPredictions = "kept_predictions"
    case keptSeconds = "kept_seconds"
  }
}

/// What is remembered of a model's predictions.
public struct FeedbackStatus: Codable, Hashable, Sendable {
  /// A model whose predictions are remembered.
  public struct Model: Codable, Hashable, Sendable {
    /// How.
    public var settings: FeedbackSettings
    /// Predictions that feedback can be given about.
    public var remembered: Int
    /// Predictions that feedback was given about, by version.
    public var given: [String: Int]

    /// Makes a model's status.
    public init(settings: FeedbackSettings, remembered: Int, given: [String: Int]) {
      self.settings = settings
      self.remembered = remembered
      self.given = given
    }
  }

  /// The models.
  public var models: [Model]
  /// What the broker counted since it started: predictions that were not remembered, and why; late feedback.
  public var counters: [String: Int]

  /// Makes a status.
  public init(models: [Model], counters: [String: Int]) {
    self.models = models
    self.counters = counters
  }
}

extension AuguryClient {
  /// Says what turned out to be true of predictions.
  ///
  /// Throws ``PredictionError``; feedback that cannot be taken in is no error and stands in the receipt.
  public func giveFeedback(_ items: [FeedbackItem]) async throws(PredictionError) -> FeedbackReceipt {
    try await self.control(ControlMethod.giveFeedback, FeedbackBatch(items: items))
  }

  /// Has the predictions of a model remembered, so that feedback can be given about them.
  ///
  /// Throws ``PredictionError``, `INVALID_ARGUMENT` for a name or bound that makes no sense.
  @discardableResult
  public func observe(_ settings: FeedbackSettings) async throws(PredictionError) -> FeedbackSettings {
    try await self.control(ControlMethod.observeModel, settings)
  }

  /// Stops remembering the predictions of a model.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if they were not remembered.
  public func stopObserving(_ model: String) async throws(PredictionError) {
    let _: ModelFilter = try await self.control(ControlMethod.stopObserving, ModelFilter(model: model))
  }

  /// What is remembered, and what was given.
  ///
  /// Throws ``PredictionError``.
  public func feedbackStatus() async throws(PredictionError) -> FeedbackStatus {
    try await self.control(ControlMethod.feedbackStatus, NoArguments())
  }
}
