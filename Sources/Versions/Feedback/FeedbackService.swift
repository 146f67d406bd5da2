public import AuguryClient
import QueueCore
public import Store
import Tensors
import ZeroMQ

/// Remembers what was predicted, and takes in what turned out to be true.
///
/// Predictions come in over the inbox and are written down in batches; feedback finds them however soon it comes,
/// because the inbox is emptied first.
public actor FeedbackService {
  /// Feedback in one call, at most.
  static let mostItems = 10_000
  /// How often the inbox is emptied while nobody gives feedback.
  private static let interval = Duration.milliseconds(200)

  private let store: any MetadataStore & FeedbackStore
  private let cluster: any VersionsCluster
  private let inbox: PredictionInbox
  private let parser = TensorReplyParser()
  /// What is being written down is neither in the inbox nor in the store: whoever looks there waits.
  private let gate = ChangeGate()
  private var models: [String: ObservedModel]
  /// Predictions of each model written down since too many were last forgotten.
  private var writtenSince: [String: Int] = [:]
  private var unreadable = 0
  private var unwritten = 0
  private var unknown = 0

  /// Makes the service.
  ///
  /// - Parameter observed: The models whose predictions the loop leaves in the inbox from the start.
  public init(
    store: any MetadataStore & FeedbackStore, cluster: any VersionsCluster, inbox: PredictionInbox,
    observed: [ObservedModel]
  ) {
    self.store = store
    self.cluster = cluster
    self.inbox = inbox
    self.models = Dictionary(observed.map { ($0.model, $0) }) { $1 }
  }

  /// Empties the inbox again and again until the task is cancelled, and then once more.
  public func run() async {
    while !Task.isCancelled {
      await self.writeDown()
      try? await Task.sleep(for: Self.interval)
    }
    await self.writeDown()
  }

  // MARK: What is remembered

  /// Has the predictions of a model remembered. Throws ``PredictionError``, `INVALID_ARGUMENT`.
  public func observe(_ settings: FeedbackSettings) async throws(PredictionError) -> FeedbackSettings {
    try RegistrationCheck.expectName(settings.model, "model")
    let model = ObservedModel(
      model: settings.model, output: settings.output, keptPredictions: settings.keptPredictions ?? 100_000,
      keptSeconds: settings.keptSeconds ?? 7 * 86_400)
    guard (1...10_000_000).contains(model.keptPredictions) else {
      throw .invalid("INVALID_BOUND", "\(model.keptPredictions) kept predictions, expected 1 to 10,000,000")
    }
    guard model.keptSeconds > 0, model.keptSeconds <= 366 * 86_400 else {
      throw .invalid("INVALID_BOUND", "predictions kept for \(model.keptSeconds) s, expected up to a year")
    }
    try await translated { () throws(StoreError) in try await self.store.observe(model) }
    self.models[model.model] = model
    self.cluster.observe(Set(self.models.keys))
    return FeedbackSettings(model)
  }

  /// Stops remembering the predictions of a model. Throws ``PredictionError``, `NOT_FOUND` if they were not.
  public func stopObserving(_ filter: ModelFilter) async throws(PredictionError) -> ModelFilter {
    let model = filter.model ?? ""
    guard try await translated({ () throws(StoreError) in try await self.store.stopObserving(model) }) else {
      throw PredictionError(
        .notFound, reason: "NOT_OBSERVED", message: "the predictions of model \"\(model)\" are not remembered")
    }
    self.models[model] = nil
    self.cluster.observe(Set(self.models.keys))
    return filter
  }

  /// What is remembered and given. Throws ``PredictionError``.
  public func status() async throws(PredictionError) -> FeedbackStatus {
    await self.writeDown()
    var models: [FeedbackStatus.Model] = []
    for model in self.models.values.sorted(by: { $0.model < $1.model }) {
      let remembered = try await translated { () throws(StoreError) in
        try await self.store.predictionCount(of: model.model)
      }
      let given = try await translated { () throws(StoreError) in
        try await self.store.reduceFeedback(of: model.model, into: [String: Int]()) { counts, feedback in
          counts[feedback.prediction.version, default: 0] += 1
        }
      }
      models.append(FeedbackStatus.Model(settings: FeedbackSettings(model), remembered: remembered, given: given))
    }
    return FeedbackStatus(
      models: models,
      counters: [
        "predictions_dropped": self.inbox.dropped, "predictions_unreadable": self.unreadable,
        "predictions_unwritten": self.unwritten, "feedback_unknown": self.unknown,
      ])
  }

  /// Writes down what has come.
  func writeDown() async {
    await self.gate.enter()
    await self.writeDownNext()
    self.gate.leave()
  }

  private func writeDownNext() async {
    var remembered: [RememberedPrediction] = []
    let now = RegistryService.unixSeconds
    for prediction in self.inbox.takeAll() {
      guard let model = self.models[prediction.model] else { continue }
      if let values = self.values(of: prediction, output: model.output) {
        remembered.append(
          RememberedPrediction(
            id: prediction.id, model: prediction.model, version: prediction.version, epoch: prediction.epoch,
            values: values, madeAt: now))
      } else {
        self.unreadable += 1
      }
    }
    guard !remembered.isEmpty else { return }
    do throws(StoreError) {
      try await self.store.remember(remembered)
      for prediction in remembered { self.writtenSince[prediction.model, default: 0] += 1 }
      try await self.forgetSome(at: now)
    } catch {
      self.unwritten += remembered.count
    }
  }

  /// Forgetting goes through the index, so it waits until it is worth it.
  private func forgetSome(at now: Double) async throws(StoreError) {
    for (name, written) in self.writtenSince {
      guard let model = self.models[name], written >= max(100, model.keptPredictions / 20) else { continue }
      self.writtenSince[name] = 0
      try await self.store.forgetPredictions(of: model, at: now)
    }
  }

  private func values(of prediction: ObservedPrediction, output: String?) -> [RowValue]? {
    let values: [PredictedValue]?
    switch prediction.contentType {
    case .json:
      guard prediction.parts.count == 1 else { return nil }
      values = PredictedValue.ofJSON(prediction.parts[0].withUnsafeBytes { [UInt8]($0) }, output: output)
    case .tensors:
      guard let head = prediction.parts.first else { return nil }
      do throws(TensorError) {
        let parts = prediction.parts.dropFirst().map { TensorBuffer(FrameBytes($0)) }
        values = PredictedValue.ofTensors(
          try self.parser.parseReply(head.bytes, parts: parts).outputs, output: output)
      } catch {
        return nil
      }
    case .octets, .jsonLines:
      return nil
    }
    return values?.map(RowValue.init)
  }

  // MARK: What was true

  /// Takes in what turned out to be true. Throws ``PredictionError``.
  public func give(_ batch: FeedbackBatch) async throws(PredictionError) -> FeedbackReceipt {
    guard batch.items.count <= Self.mostItems else {
      throw .invalid("TOO_MANY_ITEMS", "\(batch.items.count) items of feedback, expected at most \(Self.mostItems)")
    }
    await self.writeDown()
    var receipt = FeedbackReceipt()
    let ids = batch.items.compactMap { PredictionID($0.id) }
    let known = try await translated { () throws(StoreError) in try await self.store.predictions(ids) }
    var given: [GivenFeedback] = []
    let now = RegistryService.unixSeconds
    for item in batch.items {
      guard let id = PredictionID(item.id), let prediction = known[id] else {
        receipt.unknown.append(item.id)
        continue
      }
      do throws(PredictionError) {
        given.append(
          GivenFeedback(prediction: prediction, truth: try Self.truth(item, about: prediction), givenAt: now))
      } catch {
        receipt.refused.append(error.message)
      }
    }
    let repeated = try await translated { () throws(StoreError) in try await self.store.give(given) }
    receipt.repeated = given.map(\.prediction.id).filter { repeated.contains($0) }.map(\.description)
    receipt.accepted = given.count - receipt.repeated.count
    self.unknown += receipt.unknown.count
    return receipt
  }

  private static func truth(
    _ item: FeedbackItem, about prediction: RememberedPrediction
  ) throws(PredictionError) -> [RowValue] {
    let rows: [FeedbackValue] = if case .rows(let rows) = item.truth { rows } else { [item.truth] }
    guard rows.count == prediction.values.count else {
      throw .invalid(
        "WRONG_FEEDBACK", "prediction \(item.id) has \(prediction.values.count) rows, the feedback \(rows.count)")
    }
    var truth: [RowValue] = []
    for (row, predicted) in zip(rows, prediction.values) {
      guard let value = RowValue(row, like: predicted) else {
        let expected = if case .number = predicted { "a number" } else { "a text or a whole number" }
        throw .invalid("WRONG_FEEDBACK", "prediction \(item.id) is about \(expected), which the feedback is not")
      }
      truth.append(value)
    }
    return truth
  }
}

extension FeedbackSettings {
  init(_ model: ObservedModel) {
    self.init(
      model: model.model, output: model.output, keptPredictions: model.keptPredictions,
      keptSeconds: model.keptSeconds)
  }
}
