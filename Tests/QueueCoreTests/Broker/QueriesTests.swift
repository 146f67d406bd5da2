import Testing

@testable import QueueCore

/// What the broker tells monitoring about itself.
@Suite struct QueriesTests {
  @Test func aVersionsViewCountsWhatWaitsByClassAndWhoServes() {
    var harness = BrokerHarness()
    for (requestClass, requests) in [(.online, 1...4), (.shadow, 11...13), (.batch, 21...22), (.tuning, 31...31)]
      as [(RequestClass, ClosedRange<UInt64>)]
    {
      harness.submitAll(requests, requestClass)
    }
    #expect(harness.view().queued == [4, 3, 2, 1])
    harness.serve(8, credit: 2)
    _ = harness.join(9)
    _ = harness.turn()
    let view = harness.view()
    #expect(view.queued == [2, 3, 1, 1])
    #expect(view.dispatched == 3)
    #expect(view.members == 2)
    #expect(view.ready == 1)
    #expect(view.absentMilliseconds == nil)
  }

  @Test func aVersionWithoutMembersSaysForHowLong() {
    var harness = BrokerHarness()
    harness.advance(300)
    #expect(harness.view().absentMilliseconds == 300)
    harness.serve(9)
    harness.advance(700)
    _ = harness.goodbye(9)
    harness.advance(40)
    #expect(harness.view().absentMilliseconds == 40)
  }

  @Test func aWorkersViewSaysWhatItDoes() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    #expect(harness.state(of: 9) == .warming)
    _ = harness.ready(9)
    #expect(harness.state(of: 9) == .ready)
    _ = harness.submit(1, .batch)
    _ = harness.turn()
    #expect(harness.state(of: 9) == .busy)
    _ = harness.turn(afterMilliseconds: 1_500)
    #expect(harness.state(of: 9) == .suspect)
    _ = harness.draining(9)
    #expect(harness.state(of: 9) == .draining)
    _ = harness.goodbye(9)
    #expect(harness.state(of: 9) == nil)
  }

  @Test func aWorkersViewSaysWhenItWasLastHeardOf() {
    var harness = BrokerHarness()
    harness.serve(9)
    harness.advance(250)
    let session = harness.session(of: 9)
    #expect(harness.broker.workerView(of: session, at: harness.now)?.silentMilliseconds == 250)
    _ = harness.heartbeat(9)
    #expect(harness.broker.workerView(of: session, at: harness.now)?.silentMilliseconds == 0)
  }

  @Test func allMembersAreListed() {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")])
    harness.serve(7, version: 1)
    _ = harness.join(8)
    harness.serve(9)
    _ = harness.goodbye(8)
    let views = harness.broker.workerViews(at: harness.now)
    #expect(views.map(\.peer) == [PeerID(7), PeerID(9)])
    #expect(views.map(\.version) == [VersionID(1), VersionID(0)])
    #expect(views.map(\.session) == [SessionID(100), SessionID(102)])
  }

  @Test func payloadsAreHeldFromTheirArrivalToTheirRelease() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, payloadBytes: 40)
    _ = harness.submit(2, payloadBytes: 2)
    #expect(harness.broker.payloadsHeld == 2)
    #expect(harness.broker.heldBytes == 42)
    let dispatch = harness.turn().dispatches[0]
    #expect(harness.broker.heldBytes == 42)
    _ = harness.result(dispatch, payload: PayloadRef(77))
    #expect(harness.broker.payloadsHeld == 1)
    #expect(harness.broker.heldBytes == 2)
  }

  @Test func latenciesRunFromTheArrivalToTheReply() {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")])
    _ = harness.submit(1, target: .version(VersionID(1)))
    harness.advance(20)
    harness.serve(9, version: 1)
    let dispatch = harness.turn().dispatches[0]
    harness.advance(30)
    _ = harness.result(dispatch)
    #expect(harness.broker.figures.map(\.latency.count) == [0, 1])
    #expect(harness.broker.figures[1].latency.max == 50_000)
  }

  @Test func countersHaveNamesOfTheirOwn() {
    var counters = Counters()
    #expect(counters.named.allSatisfy { $0.value == 0 })
    let quiet = counters.named.count
    #expect(Set(counters.named.map(\.name)).count == quiet)
    counters.refusalsByStatus[Int(StatusCode.unavailable.rawValue)] = 3
    #expect(counters.named.count == quiet + 1)
    #expect(counters.named.contains { $0 == ("refusals_UNAVAILABLE", 3) })
    #expect(counters != Counters())
  }
}
