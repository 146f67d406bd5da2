import AuguryClient
import QueueCore
import Store
import Testing
import Versions
import ZeroMQ

/// Predictions that are remembered and what turned out to be true of them.
struct FeedbackServiceTests {
  private static func predict(
    _ number: UInt64, _ reply: String, model: String = "digits", into bench: RegistryBench
  ) throws -> String {
    let id = PredictionID(number)
    bench.inbox.put(
      ObservedPrediction(
        id: id, model: model, version: "2", epoch: 3, contentType: .json,
        parts: [try Frame(copying: Array(reply.utf8).span.bytes)]))
    return id.description
  }

  private func give(_ bench: RegistryBench, _ items: (String, FeedbackValue)...) async throws -> FeedbackReceipt {
    try await bench.feedback.give(FeedbackBatch(items: items.map { FeedbackItem(id: $0.0, truth: $0.1) }))
  }

  @Test func feedbackFindsAPredictionThatWasMadeJustBefore() async throws {
    let bench = try RegistryBench()
    _ = try await bench.feedback.observe(FeedbackSettings(model: "digits"))
    #expect(bench.loop.observed == ["digits"])
    let id = try Self.predict(7, #"{"predictions":[{"label":3,"probabilities":[0.1,0.9]}]}"#, into: bench)
    #expect(try await self.give(bench, (id, .number(3))) == FeedbackReceipt(accepted: 1))
    #expect(try await self.give(bench, (id, .number(4))) == FeedbackReceipt(repeated: [id]))
    let status = try await bench.feedback.status()
    #expect(status.models.first?.remembered == 1 && status.models.first?.given == ["2": 1])
    let stored = try await bench.store.reduceFeedback(of: "digits", into: [GivenFeedback]()) { $0.append($1) }
    #expect(stored.map(\.prediction.values) == [[.label("3")]] && stored.map(\.truth) == [[.label("3")]])
    #expect(stored.first?.prediction.epoch == 3)
  }

  @Test func unknownIdsAndFeedbackThatDoesNotFitAreSaidAndCounted() async throws {
    let bench = try RegistryBench()
    _ = try await bench.feedback.observe(FeedbackSettings(model: "digits"))
    let rows = try Self.predict(1, #"{"predictions":[1,2]}"#, into: bench)
    let price = try Self.predict(2, #"{"predictions":[0.5]}"#, into: bench)
    let other = try Self.predict(3, #"{"predictions":[1]}"#, model: "letters", into: bench)
    let receipt = try await self.give(
      bench, ("0000000000000009", .number(1)), ("nonsense", .number(1)), (other, .number(1)), (rows, .number(1)),
      (price, .text("much")), (rows, .rows([.number(1), .number(2.5)])))
    #expect(receipt.accepted == 0)
    #expect(receipt.unknown == ["0000000000000009", "nonsense", other])
    #expect(receipt.refused.count == 3)
    #expect(receipt.refused[0].contains("has 2 rows, the feedback 1"))
    #expect(try await bench.feedback.status().counters["feedback_unknown"] == 3)
    let good = try await self.give(bench, (rows, .rows([.number(1), .text("2")])), (price, .number(0.75)))
    #expect(good == FeedbackReceipt(accepted: 2))
  }

  @Test func whatCannotBeReadOrHasNoRoomIsCounted() async throws {
    let bench = try RegistryBench(inboxLimit: 2)
    _ = try await bench.feedback.observe(FeedbackSettings(model: "digits"))
    for number in 0..<3 as Range<UInt64> { _ = try Self.predict(number, "no JSON", into: bench) }
    let counters = try await bench.feedback.status().counters
    #expect(counters["predictions_dropped"] == 1)
    #expect(counters["predictions_unreadable"] == 2)
  }

  @Test func noMoreThanIsAllowedIsRemembered() async throws {
    let bench = try RegistryBench()
    _ = try await bench.feedback.observe(FeedbackSettings(model: "digits", keptPredictions: 50))
    for round in 0..<10 as Range<UInt64> {
      for number in 0..<100 as Range<UInt64> {
        _ = try Self.predict(round * 100 + number, #"{"predictions":[1]}"#, into: bench)
      }
      let remembered = try await bench.feedback.status().models.first?.remembered ?? 0
      #expect(remembered <= 50 + 100)
    }
  }

  @Test func settingsThatMakeNoSenseAreRefused() async throws {
    let bench = try RegistryBench()
    for settings in [
      FeedbackSettings(model: "a b"), FeedbackSettings(model: "m", keptPredictions: 0),
      FeedbackSettings(model: "m", keptSeconds: 0), FeedbackSettings(model: "m", keptSeconds: .nan),
    ] {
      let error = await failure { _ = try await bench.feedback.observe(settings) }
      #expect(error?.code == .invalidArgument, "\(settings)")
    }
    let none = await failure { _ = try await bench.feedback.stopObserving(ModelFilter(model: "m")) }
    #expect(none?.code == .notFound)
    #expect(bench.loop.observed.isEmpty)
  }
}
