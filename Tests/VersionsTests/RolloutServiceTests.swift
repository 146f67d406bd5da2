import AuguryClient
import QueueCore
import Store
import Testing
import Versions

/// Progressive rollouts on a real store, and a loop that a test plays.
struct RolloutServiceTests {
  private func bench() async throws -> RegistryBench {
    let bench = try RegistryBench()
    for version in ["1", "2"] {
      try await bench.store.recordVersion(
        ModelVersionRecord(
          model: "digits", version: version, digest: nil, signature: "{}", firstSeenAt: 1, lastSeenAt: 1))
    }
    bench.loop.present = [.example("one", version: "1"), .example("two", version: "2")]
    Self.serve(bench, one: 0, two: 0)
    return bench
  }

  private static func serve(_ bench: RegistryBench, one: UInt64, two: UInt64, failed: UInt64 = 0) {
    bench.loop.served = [
      VersionObservation(version: "1", outcomes: [.ok: one], latency: LatencyHistogram(), assigned: 0),
      VersionObservation(
        version: "2", outcomes: [.ok: two, .internal: failed], latency: LatencyHistogram(), assigned: 0),
    ]
  }

  private static let request = RolloutRequest(
    model: "digits", candidate: "2", baseline: "1", steps: "10,50,100", holdSeconds: 0, guards: ["error_rate<5%"],
    failForSeconds: 0, minimumRequests: 100, by: "ada@host")

  private static func shares(_ bench: RegistryBench) -> [String: Int] {
    guard let route = bench.loop.table["digits"].route else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: route.settings.variants.map { ($0.version, route.assignment.slots(of: $0.version)) })
  }

  @Test func aRolloutAdvancesAsLongAsItsGuardsHoldAndEndsWithAllTraffic() async throws {
    let bench = try await self.bench()
    let started = try await bench.rollouts.start(Self.request)
    #expect(started.state == "running" && started.steps == [10, 50, 100])
    #expect(Self.shares(bench) == ["1": 9000, "2": 1000])
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 9000, "2": 1000], "too little data is no success")
    Self.serve(bench, one: 1000, two: 100)
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 5000, "2": 5000])
    Self.serve(bench, one: 1100, two: 200)
    await bench.rollouts.look(at: "digits")
    Self.serve(bench, one: 1100, two: 400)
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["2": 10_000])
    let ended = try #require(try await bench.rollouts.history(ModelFilter(model: "digits")).last)
    #expect(ended.state == "succeeded")
    #expect(ended.records?.first?.kind == "started" && ended.records?.last?.kind == "succeeded")
    let changes = try await bench.routes.history(ModelFilter(model: "digits"))
    #expect(changes.count == 3 && changes.allSatisfy { $0.by == "rollout 1" })
    #expect(bench.loop.moves.count == ended.records?.count)
  }

  @Test func aFailingGuardBringsTheOriginalRouteBack() async throws {
    let bench = try await self.bench()
    _ = try await bench.routes.set(
      RouteAssignment(
        model: "digits", route: RouteSpecification(variants: [.init(version: "1", weight: "1")], sticky: true)))
    _ = try await bench.rollouts.start(Self.request)
    Self.serve(bench, one: 1000, two: 100, failed: 50)
    await bench.rollouts.look(at: "digits")
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 10_000])
    #expect(bench.loop.table["digits"].route?.settings.isSticky == true, "all else about the route stays")
    let ended = try #require(try await bench.rollouts.show(ModelFilter(model: "digits")).last)
    #expect(ended.state == "rolled_back")
    #expect(try await bench.rollouts.start(Self.request).id == 2, "another one may follow")
  }

  @Test func aRestartGoesOnWhereItWas() async throws {
    let bench = try await self.bench()
    _ = try await bench.rollouts.start(Self.request)
    Self.serve(bench, one: 1000, two: 100)
    await bench.rollouts.look(at: "digits")
    let after = RolloutService(
      store: bench.store, cluster: bench.loop, routes: bench.routes, comparison: bench.comparison)
    #expect(await after.restore())
    let epoch = bench.loop.table["digits"].epoch
    let present = try #require(try await after.show(ModelFilter(model: "digits")).first)
    #expect(present.state == "running" && present.step == 1)
    #expect(bench.loop.table["digits"].epoch == epoch, "what is in force is not set again")
    // The counts of a new life of the broker begin anew.
    Self.serve(bench, one: 0, two: 0)
    await after.look(at: "digits")
    Self.serve(bench, one: 100, two: 100)
    await after.look(at: "digits")
    #expect(Self.shares(bench) == ["2": 10_000])
  }

  @Test(arguments: [false, true]) func aRolloutIsOverOnlyOnceItsLastRouteIsInForce(restarts: Bool) async throws {
    let bench = try await self.bench()
    _ = try await bench.rollouts.start(Self.request)
    Self.serve(bench, one: 1000, two: 100, failed: 50)
    bench.loop.refusal = PredictionError(.unavailable, reason: "STOPPING", message: "not now")
    await bench.rollouts.look(at: "digits")
    var rollouts = bench.rollouts
    if restarts {
      rollouts = RolloutService(
        store: bench.store, cluster: bench.loop, routes: bench.routes, comparison: bench.comparison)
    }
    let undone = try #require(try await rollouts.show(ModelFilter(model: "digits")).first)
    #expect(undone.state == "running" && undone.waits == ["the route is not in force yet"])
    #expect(Self.shares(bench) == ["1": 9000, "2": 1000])
    let another = await failure { _ = try await bench.rollouts.start(Self.request) }
    #expect(another?.reason == "IN_USE")
    bench.loop.refusal = nil
    if restarts {
      #expect(await rollouts.restore())
    } else {
      await rollouts.look(at: "digits")
    }
    #expect(Self.shares(bench) == ["1": 10_000])
    #expect(try await rollouts.show(ModelFilter(model: "digits")).first?.state == "rolled_back")
    if !restarts { #expect(bench.loop.moves.last?.kind == "rolled_back", "told once it is true") }
  }

  @Test func aRouteThatIsNotInForceYetGivesWayToWhoeverSetsAnother() async throws {
    let bench = try await self.bench()
    _ = try await bench.rollouts.start(Self.request)
    Self.serve(bench, one: 1000, two: 100)
    bench.loop.refusal = PredictionError(.unavailable, reason: "STOPPING", message: "not now")
    await bench.rollouts.look(at: "digits")
    bench.loop.refusal = nil
    _ = try await bench.routes.set(
      RouteAssignment(
        model: "digits", route: RouteSpecification(variants: [.init(version: "1", weight: "1")]), by: "bob@host"))
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 10_000])
    #expect(try await bench.rollouts.show(ModelFilter(model: "digits")).first?.state == "superseded")
  }

  @Test func aStepWhoseRouteWasNotTakenIsSetAtTheNextLook() async throws {
    let bench = try await self.bench()
    _ = try await bench.rollouts.start(Self.request)
    Self.serve(bench, one: 1000, two: 100)
    bench.loop.refusal = PredictionError(.unavailable, reason: "STOPPING", message: "not now")
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 9000, "2": 1000])
    bench.loop.refusal = nil
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 5000, "2": 5000])
  }

  @Test func whoeverSetsTheRouteEndsTheRollout() async throws {
    let bench = try await self.bench()
    _ = try await bench.rollouts.start(Self.request)
    _ = try await bench.routes.set(
      RouteAssignment(
        model: "digits", route: RouteSpecification(variants: [.init(version: "1", weight: "1")]), by: "bob@host"))
    await bench.rollouts.look(at: "digits")
    #expect(Self.shares(bench) == ["1": 10_000])
    let ended = try #require(try await bench.rollouts.history(ModelFilter(model: "digits")).last)
    #expect(ended.state == "superseded" && ended.records?.last?.detail.contains("bob@host") == true)
  }

  @Test func ordersAreObeyedOrRefusedWithTheReason() async throws {
    let bench = try await self.bench()
    let none = await failure { _ = try await bench.rollouts.order("digits", .pause(by: "ada")) }
    #expect(none?.code == .notFound)
    _ = try await bench.rollouts.start(Self.request)
    let second = await failure { _ = try await bench.rollouts.start(Self.request) }
    #expect(second?.code == .failedPrecondition && second?.message.contains("not over") == true)
    #expect(try await bench.rollouts.order("digits", .pause(by: "ada")).state == "paused")
    let again = await failure { _ = try await bench.rollouts.order("digits", .pause(by: "ada")) }
    #expect(again?.code == .failedPrecondition)
    #expect(try await bench.rollouts.order("digits", .resume(by: "ada")).state == "running")
    #expect(try await bench.rollouts.order("digits", .promote(by: "ada")).state == "promoted")
    #expect(Self.shares(bench) == ["2": 10_000])
  }

  @Test func whatIsDecidedAtOnceIsNotWrittenOver() async throws {
    for _ in 0..<20 {
      let bench = try await self.bench()
      // A look that begins while the rollout starts must not put the machine back to where it was before.
      await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await bench.rollouts.start(Self.request) }
        for _ in 0..<8 { group.addTask { await bench.rollouts.look(at: "digits") } }
      }
      #expect(try await bench.rollouts.show(ModelFilter(model: "digits")).first?.state == "running")
    }
  }

  @Test func plansThatMakeNoSenseAreRefused() async throws {
    let bench = try await self.bench()
    var requests: [(RolloutRequest, PredictionError.Code, String)] = []
    func add(_ code: PredictionError.Code, _ words: String, _ change: (inout RolloutRequest) -> Void) {
      var request = Self.request
      change(&request)
      requests.append((request, code, words))
    }
    add(.invalidArgument, "has no route") { $0.baseline = nil }
    add(.invalidArgument, "x") { $0.steps = "1,x" }
    add(.invalidArgument, "hold") { $0.holdSeconds = -1 }
    add(.invalidArgument, "hold") { $0.holdSeconds = .nan }
    add(.invalidArgument, "speed") { $0.guards = ["speed<1"] }
    add(.notFound, "digits@9") { $0.candidate = "9" }
    for (request, code, words) in requests {
      let error = await failure { _ = try await bench.rollouts.start(request) }
      #expect(error?.code == code && error?.message.contains(words) == true, "\(words): \(error?.message ?? "taken")")
    }
    #expect(bench.loop.table == RouteTable())
    #expect(try await bench.rollouts.show(ModelFilter()).isEmpty)
  }
}
