import QueueCore
import Testing

/// A worker that asks the broker which artifact it is to serve.
struct WorkerSessionArtifactTests {
  private typealias Harness = WorkerSessionHarness

  private static var wanting: Harness {
    var join = Harness.join
    join.wantsArtifact = true
    var harness = Harness(join: join)
    _ = harness.start()
    return harness
  }

  @Test func theArtifactThatTheBrokerNamesIsLoadedOnceAndThenAnnounced() {
    var harness = Self.wanting
    #expect(harness.welcome(artifact: PayloadRef(5)) == [.loadArtifact(PayloadRef(5))])
    #expect(harness.loaded().first == .sendReady)
    // Another broker may name another one; what is loaded is what READY tells.
    #expect(harness.disconnect(.aborted) == [.reconnect])
    harness.advance(milliseconds: 100)
    #expect(harness.tick() == [.sendJoin])
    #expect(harness.welcome(8, artifact: PayloadRef(6)).prefix(2) == [.release(PayloadRef(6)), .sendReady])
  }

  @Test func aWorkerThatIsToldOfNoneLeavesAndSaysWhy() {
    var harness = Self.wanting
    #expect(harness.welcome() == [Harness.goodbye(), .finished(.refused)])
    #expect(harness.session.refusal?.detail.reason == "NO_ARTIFACT")
  }

  @Test func anArtifactThatWasNotAskedForIsLetGo() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.welcome(artifact: PayloadRef(5)) == [.release(PayloadRef(5))])
    #expect(harness.welcome(artifact: PayloadRef(6)) == [.release(PayloadRef(6))])
    #expect(harness.session.counters.unexpectedUnits == 1)
  }

  @Test func anArtifactThatComesWhileTheWorkerLeavesIsLetGo() {
    var harness = Self.wanting
    #expect(harness.drainRequested() == [])
    #expect(
      harness.welcome(artifact: PayloadRef(5)) == [.release(PayloadRef(5)), Harness.goodbye(), .finished(.drained)])
  }
}
