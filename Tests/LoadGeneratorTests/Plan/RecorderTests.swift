import QueueCore
import Testing

@testable import LoadGenerator

@Suite struct RecorderTests {
  private static let millisecond: UInt64 = 1_000_000

  /// A server that answers each request after `service`, but stands still from `stall.lowerBound` to its upper bound,
  /// in milliseconds: what comes then is answered right after it.
  private static func answer(_ sent: Instant, service: UInt64, stall: Range<UInt64>) -> Instant {
    let done = sent.advanced(byNanoseconds: service)
    let stallEnd = Instant(nanoseconds: stall.upperBound * Self.millisecond)
    return done >= Instant(nanoseconds: stall.lowerBound * Self.millisecond) && sent < stallEnd
      ? max(done, stallEnd.advanced(byNanoseconds: service)) : done
  }

  /// Runs a plan against such a server, `slack` nanoseconds between two looks at the clock.
  private static func run(_ plan: LoadPlan, stall: Range<UInt64>, look: UInt64 = 100_000) -> LoadFigures {
    var pacer = LoadPacer(plan, from: .zero)
    var recorder = LoadRecorder(window: pacer.window)
    var underWay: [(due: Instant, answer: Instant)] = []
    var now = Instant.zero
    while now < pacer.window.end || !underWay.isEmpty {
      for request in underWay where request.answer <= now {
        recorder.ended(due: request.due, at: request.answer, as: .ok)
        pacer.ended()
      }
      underWay.removeAll { $0.answer <= now }
      while let due = pacer.take(at: now) {
        recorder.sent(due: due, at: now)
        underWay.append((due, Self.answer(now, service: 200_000, stall: stall)))
      }
      now = now.advanced(byNanoseconds: look)
    }
    recorder.addUnsent(pacer.takeUnsent())
    return LoadFigures(recorder, instances: 2)
  }

  @Test("A stall of a second at 1,000 requests a second is a thousand latencies, spread evenly up to a second")
  func stallInOpenLoop() throws {
    let plan = LoadPlan(
      pacing: .open(perSecond: 1000, arrivals: .poisson), duration: 10_000_000_000, seed: 3)
    let figures = Self.run(plan, stall: 4000..<5000)
    let latencies = try #require(figures.latencySeconds)
    // One request in ten came into the stall, on average in its middle.
    #expect(abs(latencies.max - 1) < 0.01)
    #expect(latencies.p50 < 0.0005)
    #expect(abs(latencies.p99 - 0.9) < 0.05, "a tenth of the tenth waited longer than 0.9 s")
    #expect(abs(latencies.mean - 0.05) < 0.005, "a tenth of the requests waited half a second on average")
    #expect(figures.unsent == 0 && figures.requests == figures.answers["OK"]?.count)
    #expect(figures.okBySecond[4] < 10 && figures.okBySecond[5] > 1800)
  }

  @Test("The same stall in a closed loop of one request is one long service time")
  func stallInClosedLoop() throws {
    let plan = LoadPlan(pacing: .closed(outstanding: 1), duration: 10_000_000_000)
    let latencies = try #require(Self.run(plan, stall: 4000..<5000).latencySeconds)
    #expect(latencies.max > 0.99 && latencies.p999 < 0.001)
  }

  private static let window = LoadWindow(
    LoadPlan(pacing: .closed(outstanding: 1), warmUp: 1_000_000_000, duration: 2_000_000_000), from: .zero)

  private static func at(_ milliseconds: UInt64) -> Instant { Instant(nanoseconds: milliseconds * Self.millisecond) }

  @Test("Warm-up is in no figure; what is due in time counts whenever it ends, goodput when it comes")
  func windows() throws {
    var recorder = LoadRecorder(window: Self.window)
    recorder.sent(due: Self.at(999), at: Self.at(999))
    recorder.ended(due: Self.at(999), at: Self.at(1500), as: .ok)  // due before, came in time
    recorder.sent(due: Self.at(2000), at: Self.at(2000))
    recorder.ended(due: Self.at(2000), at: Self.at(2100), as: .ok)
    recorder.sent(due: Self.at(2999), at: Self.at(2999))
    recorder.ended(due: Self.at(2999), at: Self.at(3999), as: .ok)  // came after
    recorder.ended(due: Self.at(100), at: Self.at(200), as: .refused(code: "UNAVAILABLE"))
    let figures = LoadFigures(recorder, instances: 10)
    #expect(figures.requests == 2 && figures.answers.keys.sorted() == ["OK"])
    #expect(figures.okBySecond == [1, 1])
    #expect(figures.goodputPerSecond == 1 && figures.goodputInstancesPerSecond == 10)
    #expect(try #require(figures.latencySeconds).max == 1)
  }

  @Test("Refusals and failures are counted apart, each with its own latencies and its first message")
  func outcomes() throws {
    var recorder = LoadRecorder(window: Self.window)
    let full = LoadOutcome.refused(code: "RESOURCE_EXHAUSTED")
    let silent = LoadOutcome.failed(reason: "BROKER_SILENT")
    for index in 0..<10 {
      let due = Self.at(1000 + UInt64(index))
      recorder.sent(due: due, at: due)
      recorder.ended(
        due: due, at: due.advanced(byMilliseconds: index < 5 ? 50 : index < 8 ? 2 : 3000),
        as: index < 5 ? .ok : index < 8 ? full : silent)
    }
    #expect(recorder.lacksExample(of: full) && !recorder.lacksExample(of: .ok))
    recorder.keepExample("the queue is full", of: full)
    recorder.keepExample("something else", of: full)
    let figures = LoadFigures(recorder, instances: 1)
    let refused = try #require(figures.answers["RESOURCE_EXHAUSTED"])
    #expect(refused.count == 3 && refused.example == "the queue is full")
    #expect(abs(try #require(refused.latencySeconds).max - 0.002) < 1e-9)
    #expect(figures.failures["BROKER_SILENT"]?.count == 2 && figures.failures["BROKER_SILENT"]?.example == nil)
    #expect(abs(try #require(figures.latencySeconds).p50 - 0.05) < 0.0001, "those of predictions alone")
    #expect(figures.goodputPerSecond == 2.5)
  }

  @Test("The generator's own lateness is told apart from waiting for a connection")
  func lateness() throws {
    var recorder = LoadRecorder(window: Self.window)
    for index in 0..<100 {
      let due = Self.at(1000 + UInt64(index))
      // All connections were busy until half a second later.
      recorder.sent(due: due, ready: due.advanced(byMilliseconds: 500), at: due.advanced(byMilliseconds: 500))
    }
    let waiting = LoadFigures(recorder, instances: 1)
    #expect(!waiting.isBehind && waiting.waitedForConnection == 100 && waiting.connectionWaitSecondsMax == 0.5)
    #expect(try #require(waiting.sendLagSeconds).max == 0)

    for index in 0..<2 {
      let due = Self.at(1200 + UInt64(index))
      recorder.sent(due: due, at: due.advanced(byMilliseconds: 30))
    }
    let behind = LoadFigures(recorder, instances: 1)
    #expect(behind.isBehind)
    #expect(abs(try #require(behind.sendLagSeconds).max - 0.03) < 1e-9)
  }

  @Test("Latencies keep three significant digits from microseconds to minutes")
  func precision() throws {
    for exact in [1.234e-6, 4.567e-4, 0.0321, 1.5, 299.9] {
      var latencies = LatencyDistribution()
      for _ in 0..<100 { latencies.record(nanoseconds: UInt64(exact * 1e9)) }
      let percentiles = try #require(latencies.percentiles)
      #expect(abs(percentiles.p50 - exact) <= exact * 0.001 && abs(percentiles.p999 - exact) <= exact * 0.001)
    }
    var long = LatencyDistribution()
    long.record(nanoseconds: 7_200_000_000_000)
    #expect(try #require(long.percentiles).max == 7200)
    #expect(LatencyDistribution().percentiles == nil)
  }

  @Test("Latencies can be listed, so that those of several runs can be put together")
  func buckets() throws {
    var recorder = LoadRecorder(window: Self.window)
    for milliseconds in [7, 3, 7] as [UInt64] {
      let due = Self.at(1000)
      recorder.sent(due: due, at: due)
      recorder.ended(due: due, at: due.advanced(byMilliseconds: milliseconds), as: .ok)
    }
    let buckets = try #require(LoadFigures(recorder, instances: 1, listsLatencies: true).latencyBuckets)
    #expect(buckets.map(\.count) == [1, 2])
    for (bucket, seconds) in zip(buckets, [0.003, 0.007]) { #expect(abs(bucket.seconds - seconds) <= seconds * 0.001) }
    #expect(LoadFigures(recorder, instances: 1).latencyBuckets == nil)
  }
}
