public import QueueCore

/// Whether the predictions of a model are remembered, so that feedback about them can be given, and for how long.
public struct ObservedModel: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The output that feedback is about; nil for the only one that has one value a row.
  public var output: String?
  /// Predictions that are remembered at most, the latest.
  public var keptPredictions: Int
  /// Seconds after which a prediction is forgotten.
  public var keptSeconds: Double

  /// Says how the predictions of a model are remembered.
  public init(model: String, output: String? = nil, keptPredictions: Int, keptSeconds: Double) {
    self.model = model
    self.output = output
    self.keptPredictions = keptPredictions
    self.keptSeconds = keptSeconds
  }
}

/// What was predicted or what was true of one row.
public enum RowValue: Hashable, Sendable, Codable {
  /// A class, as text.
  case label(String)
  /// A quantity.
  case number(Double)
}

/// A prediction that feedback may still be given about.
public struct RememberedPrediction: Hashable, Sendable {
  /// Its id.
  public var id: PredictionID
  /// The model that made it.
  public var model: String
  /// The version that made it.
  public var version: String
  /// The epoch of the model's route when its request was taken on.
  public var epoch: UInt32
  /// What was predicted, one value a row.
  public var values: [RowValue]
  /// When, in seconds since 1970.
  public var madeAt: Double

  /// Remembers a prediction.
  public init(
    id: PredictionID, model: String, version: String, epoch: UInt32, values: [RowValue], madeAt: Double
  ) {
    self.id = id
    self.model = model
    self.version = version
    self.epoch = epoch
    self.values = values
    self.madeAt = madeAt
  }
}

/// A prediction, and what turned out to be true.
public struct GivenFeedback: Hashable, Sendable {
  /// What was predicted.
  public var prediction: RememberedPrediction
  /// What was true, one value a row.
  public var truth: [RowValue]
  /// When that was said, in seconds since 1970.
  public var givenAt: Double

  /// Holds a prediction against the truth.
  public init(prediction: RememberedPrediction, truth: [RowValue], givenAt: Double) {
    self.prediction = prediction
    self.truth = truth
    self.givenAt = givenAt
  }
}
