import Testing

@testable import QueueCore

@Suite struct ClusterFiguresTests {
  private static let version = VersionID(0)

  private static func figures(requests: UInt64) -> WorkerFigures {
    var figures = WorkerFigures()
    figures.requests = requests
    figures.inFlight = 2
    figures.residentBytes = 1 << 20
    figures.computeTime.record(microseconds: 300)
    figures.countErrors(.invalidArgument)
    return figures
  }

  @Test func aWorkerThatReportsAgainReplacesWhatItReported() {
    var cluster = ClusterFigures()
    cluster.update(SessionID(1), version: Self.version, figures: Self.figures(requests: 5))
    cluster.update(SessionID(1), version: Self.version, figures: Self.figures(requests: 7))
    cluster.update(SessionID(2), version: VersionID(1), figures: Self.figures(requests: 100))
    #expect(cluster.figures(of: SessionID(1))?.requests == 7)
    #expect(cluster.totals(of: Self.version).requests == 7)
    #expect(cluster.totals(of: VersionID(2)) == WorkerFigures())
  }

  @Test func aThousandThatComeAndGoTenTimesLeaveTheirTotalsAndNothingElse() {
    var cluster = ClusterFigures()
    for round in 0..<10 as Range<UInt32> {
      for member in 0..<1000 as Range<UInt32> {
        cluster.update(SessionID(1000 * round + member), version: Self.version, figures: Self.figures(requests: 3))
      }
      #expect(cluster.members.count == 1000)
      #expect(cluster.totals(of: Self.version).inFlight == 2000)
      for member in 0..<1000 as Range<UInt32> { cluster.retire(SessionID(1000 * round + member)) }
      #expect(cluster.members.isEmpty)
    }
    let totals = cluster.totals(of: Self.version)
    #expect(totals.requests == 30_000)
    #expect(totals.errors(.invalidArgument) == 10_000)
    #expect(totals.computeTime.count == 10_000)
    #expect(totals.inFlight == 0 && totals.residentBytes == 0)
  }

  @Test func noErrorIsTheSameAsNoneEver() throws {
    var figures = WorkerFigures()
    figures.countErrors(.internal, 0)
    figures.countErrors(.ok)
    #expect(figures == WorkerFigures())
    #expect(figures.errors(.internal) == 0)
    figures.merge(Self.figures(requests: 1))
    #expect(figures.errors(.invalidArgument) == 1)
    #expect(try WorkerFigures(decoding: figures.encoded.span.bytes) == figures)
  }
}
