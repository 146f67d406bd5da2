public import QueueCore

/// Where the cluster remembers what it predicted and what turned out to be true.
///
/// Every call is one transaction, as with ``MetadataStore``.
public protocol FeedbackStore: Sendable {
  /// Has the predictions of a model remembered from now on, or changes how.
  func observe(_ model: ObservedModel) async throws(StoreError)

  /// Stops remembering the predictions of a model; false if they were not. What is remembered stays.
  func stopObserving(_ model: String) async throws(StoreError) -> Bool

  /// The models whose predictions are remembered, in alphabetical order.
  func observedModels() async throws(StoreError) -> [ObservedModel]

  /// Remembers predictions. One whose id is there already is left as it is.
  func remember(_ predictions: [RememberedPrediction]) async throws(StoreError)

  /// Forgets the predictions of a model that are older than its settings allow, or too many.
  func forgetPredictions(of model: ObservedModel, at time: Double) async throws(StoreError)

  /// The predictions of these ids that are remembered.
  func predictions(_ ids: [PredictionID]) async throws(StoreError) -> [PredictionID: RememberedPrediction]

  /// How many predictions of a model are remembered.
  func predictionCount(of model: String) async throws(StoreError) -> Int

  /// Takes feedback in. Returns the ids about which there had been feedback before: the first one stays.
  func give(_ feedback: [GivenFeedback]) async throws(StoreError) -> Set<PredictionID>

  /// Goes through all feedback about a model's predictions, in no particular order.
  func reduceFeedback<Result: Sendable>(
    of model: String, into result: Result, _ update: @escaping @Sendable (inout Result, GivenFeedback) -> Void
  ) async throws(StoreError) -> Result
}
