import QueueCore
import Store
import Testing

/// What every store of predictions and feedback must do.
struct FeedbackContractTests {
  private static func prediction(
    _ number: UInt64, model: String = "digits", at time: Double = 0
  ) -> RememberedPrediction {
    RememberedPrediction(
      id: PredictionID(.max - number), model: model, version: "\(number % 2)", epoch: .max,
      values: [.label("3"), .number(0.1 + 0.2)], madeAt: time)
  }

  private static func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
    let directory = TemporaryDirectory()
    let store = try SQLiteStore(dataDirectory: directory.path)
    try await body(store)
    try store.close()
  }

  @Test func predictionsAreRememberedAsTheyWereAndOnce() async throws {
    try await Self.withStore { store in
      let made = (0..<3).map { Self.prediction($0) }
      try await store.remember(made)
      var other = made[0]
      other.values = []
      try await store.remember([other])
      let found = try await store.predictions(made.map(\.id) + [PredictionID(5)])
      #expect(found.count == 3)
      for prediction in made { #expect(found[prediction.id] == prediction) }
      #expect(try await store.predictionCount(of: "digits") == 3)
      #expect(try await store.predictionCount(of: "letters") == 0)
    }
  }

  @Test func theOldestAreForgottenBeyondTheBounds() async throws {
    try await Self.withStore { store in
      try await store.remember((0..<20).map { Self.prediction($0, at: Double($0)) })
      try await store.remember([Self.prediction(100, model: "letters", at: 0)])
      let bounds = ObservedModel(model: "digits", keptPredictions: 5, keptSeconds: 12)
      try await store.forgetPredictions(of: bounds, at: 20)
      let left = try await store.predictions((0..<20).map { Self.prediction($0).id })
      #expect(left.values.map(\.madeAt).sorted() == [15, 16, 17, 18, 19])
      try await store.forgetPredictions(
        of: ObservedModel(model: "digits", keptPredictions: 100, keptSeconds: 2), at: 20)
      #expect(try await store.predictionCount(of: "digits") == 2)
      #expect(try await store.predictionCount(of: "letters") == 1)
    }
  }

  @Test func theFirstFeedbackStays() async throws {
    try await Self.withStore { store in
      let given = (0..<4).map {
        GivenFeedback(prediction: Self.prediction($0), truth: [.label("3"), .number(1)], givenAt: 9)
      }
      #expect(try await store.give(given).isEmpty)
      var second = given[1]
      second.truth = [.label("4"), .number(1)]
      #expect(try await store.give([second]) == [given[1].prediction.id])
      let all = try await store.reduceFeedback(of: "digits", into: [GivenFeedback]()) { $0.append($1) }
      #expect(Set(all) == Set(given))
      #expect(try await store.reduceFeedback(of: "letters", into: 0) { count, _ in count += 1 } == 0)
    }
  }

  @Test func observedModelsAreRememberedUntilTheyAreNot() async throws {
    try await Self.withStore { store in
      let digits = ObservedModel(model: "digits", output: "label", keptPredictions: 10, keptSeconds: 0.5)
      try await store.observe(digits)
      try await store.observe(ObservedModel(model: "churn", keptPredictions: 1, keptSeconds: 1))
      var changed = digits
      changed.output = nil
      try await store.observe(changed)
      #expect(try await store.observedModels().map(\.model) == ["churn", "digits"])
      #expect(try await store.observedModels().last == changed)
      #expect(try await store.stopObserving("digits"))
      #expect(try await !store.stopObserving("digits"))
    }
  }
}
