import Testing

@testable import QueueCore

/// Which version answers when the client leaves it open.
@Suite struct VersionChoiceTests {
  /// Versions 9, 10 and 2 of a model, under the ids 0, 1 and 2.
  private static let versions = [("m", "9"), ("m", "10"), ("m", "2")]
  private let model = ModelID(rawValue: 0)

  private func harness() -> BrokerHarness { BrokerHarness(versions: Self.versions) }

  /// Why a version of the model cannot become known; nil if it did.
  private static func refusal(of version: String, _ harness: inout BrokerHarness) -> VersionError? {
    do throws(VersionError) {
      _ = try harness.broker.internVersion(model: "m", version: version, at: harness.now)
      return nil
    } catch {
      return error
    }
  }

  /// The version that a request without a selector joins the queue of.
  private func choice(_ harness: inout BrokerHarness) -> Int? {
    let before = (0..<3).map { harness.view($0).queued[0] }
    _ = harness.submit(UInt64(before.reduce(1, +)), target: .model(self.model))
    return (0..<3).first { harness.view(UInt32($0)).queued[0] > before[$0] }
  }

  @Test func theHighestReadyVersionIsChosenAndTenIsHigherThanNine() {
    var harness = self.harness()
    harness.serve(1, version: 0)
    harness.serve(2, version: 1)
    harness.serve(3, version: 2)
    #expect(self.choice(&harness) == 1)
  }

  @Test func aLowerVersionThatIsReadyIsChosenBeforeAHigherThatLoads() {
    var harness = self.harness()
    harness.serve(3, version: 2)
    _ = harness.join(2, version: 1)
    #expect(self.choice(&harness) == 2)
    _ = harness.ready(2)
    #expect(self.choice(&harness) == 1)
  }

  @Test func withNoneReadyTheHighestThatLoadsIsChosen() {
    var harness = self.harness()
    _ = harness.join(1, version: 0)
    _ = harness.join(3, version: 2)
    #expect(self.choice(&harness) == 0)
  }

  @Test func aVersionThatDrainsIsNotChosenBeforeOneThatLoads() {
    var harness = self.harness()
    harness.serve(2, version: 1)
    _ = harness.draining(2)
    _ = harness.join(3, version: 2)
    #expect(self.choice(&harness) == 2)
  }

  @Test func withNoWorkerTheHighestThatMayComeBackIsChosen() {
    var harness = self.harness()
    #expect(self.choice(&harness) == 1)
  }

  @Test func aVersionThatLostItsWorkerJustNowIsChosenWhenTheOthersHaveBeenGoneForLong() {
    var harness = self.harness()
    harness.serve(3, version: 2)
    harness.advance(10_000)
    _ = harness.lose(3)
    #expect(self.choice(&harness) == 2)
  }

  @Test func aModelWithoutWorkersForLongIsRefused() {
    var harness = self.harness()
    harness.advance(5_000)
    #expect(
      harness.submit(1, target: .model(self.model)).refusals == [RefusedRequest(1, .noWorkerForModel(self.model))])
  }

  @Test func aVersionThatIsNamedIsNotReplacedByAnother() {
    var harness = self.harness()
    harness.serve(1, version: 0)
    _ = harness.submit(1, target: .version(VersionID(1)))
    #expect(harness.turn() == [])
    #expect(harness.view(1).queued[0] == 1)
  }

  @Test func aModelThatIsNamedIsNotReplacedByAnother() {
    var harness = BrokerHarness(versions: [("m", "1"), ("n", "7")])
    harness.serve(1, version: 1)
    _ = harness.submit(1, target: .model(ModelID(rawValue: 0)))
    #expect(harness.turn().dispatches == [])
  }

  @Test func aVersionThatBecameKnownLaterIsServedLikeTheOthers() {
    var harness = self.harness()
    let id = try? harness.broker.internVersion(model: "m", version: "11", at: harness.now)
    #expect(id == VersionID(3))
    harness.serve(4, version: 3)
    harness.serve(2, version: 1)
    _ = harness.submit(1, target: .model(self.model))
    #expect(harness.turn().workers == [4])
  }

  @Test func versionsAreLimitedAndThoseThatAreKnownStayUsable() throws {
    var limits = Limits()
    limits.versions = 3
    var harness = BrokerHarness(versions: Self.versions, limits: limits)
    #expect(Self.refusal(of: "11", &harness) == .tooMany(limit: 3))
    let known = try harness.broker.internVersion(model: "m", version: "2", at: harness.now)
    #expect(known == VersionID(2))
  }

  @Test func aVersionWithAnInvalidNameIsNotTakenIn() {
    var harness = self.harness()
    #expect(Self.refusal(of: "1 2", &harness) == .invalidName)
  }
}
