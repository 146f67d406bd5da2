import AuguryClient
import QueueCore
import Testing

@testable import broker

/// Routes, copies and prediction ids through the real loop and sockets.
@Suite(.timeLimit(.minutes(2))) struct LoopRoutingTests {
  /// Version 1 answers, version 2 gets copies.
  private static func table() throws -> RouteTable {
    var table = RouteTable()
    try table.setRoute(
      of: "echo",
      to: RouteSettings(
        variants: [RouteVariant(version: "1", weight: Weight(1))], shadows: [ShadowTarget(version: "2")]))
    return table
  }

  private static func serve(_ versions: [String], _ loop: RunningLoop) async throws -> [RawWorker] {
    var workers: [RawWorker] = []
    for version in versions {
      let worker = try RawWorker(to: loop.endpoints.backend, name: "worker-\(version)", version: version)
      try await worker.serve()
      workers.append(worker)
    }
    try await loop.waitForReadyVersions(versions.count)
    return workers
  }

  @Test func aRoutedRequestNamesEpochAndPredictionAndItsCopyIsCompared() async throws {
    let loop = try RunningLoop()
    let workers = try await Self.serve(["1", "2"], loop)
    try await loop.handle.setRoutes(Self.table())
    let client = try AuguryClient(broker: loop.endpoints.frontend)
    async let reply = client.send("echo", contentType: .json, content: [Array("{}".utf8)], routingKey: "ann")
    let work = try await workers[0].work()
    let copy = try await workers[1].work()
    #expect(work.header.requestClass == .online && copy.header.requestClass == .shadow)
    #expect(work.payload == copy.payload)
    // Long answers, too, are shared and not gone with the reply.
    let numbers = [String](repeating: "1.0", count: 1000).joined(separator: ",")
    try workers[0].answer(work.header, with: [Array(#"{"predictions":[\#(numbers)]}"#.utf8)])
    let answer = try await reply
    #expect(answer.origin?.version == "1")
    #expect(answer.epoch == 1)
    #expect(answer.predictionID == PredictionID(RunningLoop.instance + 1).description)
    let others = [String](repeating: "1.0001", count: 1000).joined(separator: ",")
    try workers[1].answer(copy.header, with: [Array(#"{"predictions":[\#(others)]}"#.utf8)])
    let pair = try #require(await loop.nextPair())
    #expect(pair.model == "echo" && pair.primary.version == "1" && pair.shadow.version == "2" && pair.epoch == 1)
    #expect(pair.prediction.description == answer.predictionID)
    let comparisons = ShadowComparisons(quota: loop.quota)
    await comparisons.take(pair)
    var status = try await loop.handle.snapshot().status(
      of: BrokerFacts(instance: RunningLoop.instance, endpoints: loop.endpoints, startedAt: 0))
    await comparisons.complete(&status)
    #expect(status.routes.first?.shadows.first?.agreement == AgreementStatus(agreed: 1))
    #expect(status.models.map(\.shadow.requests) == [[:], ["OK": 1]])
    #expect(status.models.map(\.online.requests) == [["OK": 1], [:]])
    await client.close()
    try await loop.stop()
  }

  @Test func whatDiffersFailsOrIsTooLongIsCountedAsThat() async throws {
    let loop = try RunningLoop()
    let workers = try await Self.serve(["1", "2"], loop)
    try await loop.handle.setRoutes(Self.table())
    let client = try AuguryClient(broker: loop.endpoints.frontend)
    let comparisons = ShadowComparisons(quota: loop.quota)
    let long = Array(#"{"predictions":["\#(String(repeating: "x", count: 300_000))"]}"#.utf8)
    let one = Array(#"{"predictions":[1.0]}"#.utf8)
    let two = Array(#"{"predictions":[2.0]}"#.utf8)
    let failure = ErrorDetail(reason: "WRONG_SHAPE", message: "no").encoded
    for (first, second, status) in [(one, two, StatusCode.ok), (one, failure, .invalidArgument), (long, long, .ok)] {
      async let reply = client.send("echo", contentType: .json, content: [Array("{}".utf8)])
      let work = try await workers[0].work()
      let copy = try await workers[1].work()
      // The copy ends first this time.
      try workers[1].answer(copy.header, with: [second], status: status)
      try workers[0].answer(work.header, with: [first])
      #expect(try await reply.content == [first])
      await comparisons.take(try #require(await loop.nextPair()))
    }
    var status = try await loop.handle.snapshot().status(
      of: BrokerFacts(instance: RunningLoop.instance, endpoints: loop.endpoints, startedAt: 0))
    await comparisons.complete(&status)
    let agreement = try #require(status.routes.first?.shadows.first?.agreement)
    #expect(agreement.differed == 1 && agreement.failed == 1 && agreement.incomparable == 1 && agreement.agreed == 0)
    #expect(agreement.lastDifference?.hasSuffix(".predictions[0] is 2.0, expected 1.0") == true)
    await client.close()
    try await loop.stop()
  }

  @Test func changesApplyToNewRequestsAndNothingIsLostOnTheWay() async throws {
    let loop = try RunningLoop()
    let workers = try await Self.serve(["1", "2"], loop)
    var table = RouteTable()
    let client = try AuguryClient(broker: loop.endpoints.frontend)
    // Back and forth, so that origin parts of many epochs come and go.
    for epoch in 1...6 as ClosedRange<UInt32> {
      let version = epoch % 2 == 0 ? "2" : "1"
      try table.setRoute(
        of: "echo", to: RouteSettings(variants: [RouteVariant(version: version, weight: Weight(1))]))
      try await loop.handle.setRoutes(table)
      async let routed = client.send("echo", contentType: .octets, content: [[1]])
      let worker = workers[version == "1" ? 0 : 1]
      try worker.answer(try await worker.work().header, with: [[2]])
      let reply = try await routed
      #expect(reply.origin?.version == version && reply.epoch == epoch)
    }
    try table.setAlias("champion", of: "echo", to: "1", versions: ["1", "2"])
    try await loop.handle.setRoutes(table)
    async let pinned = client.send("echo", version: "champion", contentType: .octets, content: [[1]])
    try workers[0].answer(try await workers[0].work().header, with: [[2]])
    #expect(try await pinned.origin?.version == "1")
    let error = await #expect(throws: PredictionError.self) {
      try await client.send("echo", version: "challenger", contentType: .octets, content: [[1]])
    }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("its versions: 2, 1; its aliases: champion") == true)
    await client.close()
    try await loop.stop()
  }

  @Test func aTableThatIsNotTakenSaysWhy() async throws {
    let loop = try RunningLoop()
    try await loop.handle.setRoutes(Self.table())
    let error = await #expect(throws: PredictionError.self) { try await loop.handle.setRoutes(RouteTable()) }
    #expect(error?.code == .failedPrecondition && error?.reason == "INVALID_ROUTES")
    try await loop.stop()
  }

  @Test func aWorkerWhoseVersionIsAnAliasIsTurnedAway() async throws {
    let loop = try RunningLoop()
    var table = RouteTable()
    try table.setAlias("champion", of: "echo", to: "1", versions: ["1"])
    try await loop.handle.setRoutes(table)
    let peer = try RawPeer(to: loop.endpoints.backend)
    let join = JoinHeader(
      heartbeatMilliseconds: 1000, liveness: 3, processID: 1, model: "echo", version: "champion", name: "w",
      host: "test", engine: "raw")
    try peer.send(join.encoded)
    let refusal = try await peer.receive(.disconnect).disconnect()
    #expect(refusal.status == .failedPrecondition && refusal.detail.reason == "VERSION_IS_ALIAS")
    try await loop.stop()
  }
}
