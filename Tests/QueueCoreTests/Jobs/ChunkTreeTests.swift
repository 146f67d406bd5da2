import Testing

@testable import QueueCore

/// Sends whatever can be sent and answers it by a rule, until the chunk is complete.
private struct Rig {
  var tree: ChunkTree
  var sent: [Range<UInt32>] = []
  var discarded = 0

  init(rows: UInt32) {
    self.tree = ChunkTree(chunk: 0, rows: rows)
  }

  /// `rule` says how a request for these rows ends: nil is well.
  mutating func run(_ rule: (Range<UInt32>) -> PartFailure?) {
    var queue = [0]
    while !queue.isEmpty {
      let index = queue.removeFirst()
      let request = self.tree.send(index, in: 1)
      let rows = request.part.lower..<request.part.upper
      self.sent.append(rows)
      if let failure = rule(rows) {
        switch self.tree.failed(index, failure, errorBytes: 5) {
        case .sendAgain: queue.append(index)
        case .divided(let parts): queue += parts
        case .rejected(let settled): self.settled(settled, &queue)
        }
      } else {
        let outcome = PartOutcome(
          predictedRows: UInt32(rows.count), failedRows: 0, outputBytes: UInt64(rows.count), errorBytes: 0)
        self.settled(self.tree.succeeded(index, outcome), &queue)
      }
    }
  }

  private mutating func settled(_ settled: ChunkTree.OnSettled, _ queue: inout [Int]) {
    guard case .putTogether(let index, let discarded) = settled else { return }
    self.discarded += discarded.count
    queue.append(index)
  }

  /// How the chunk ended up divided; rejected rows are negative.
  var division: [String] {
    var parts: [String] = []
    self.tree.forEachLeaf { request, state in
      let mark = if case .rejected = state { "!" } else { "" }
      parts.append("\(mark)\(request.part.lower)-\(request.part.upper)")
    }
    return parts
  }
}

struct ChunkTreeTests {
  @Test func aGoodChunkIsSentOnce() {
    var rig = Rig(rows: 256)
    rig.run { _ in nil }
    #expect(rig.sent == [0..<256])
    #expect(rig.division == ["0-256"])
    #expect(rig.tree.isComplete)
  }

  @Test(arguments: [PartFailure.poison, .fault, .refused])
  func theGuiltyRowIsFoundAndTheOthersAreKept(failure: PartFailure) {
    var rig = Rig(rows: 40)
    rig.run { $0.contains(5) ? failure : nil }
    #expect(rig.division.prefix(4) == ["0-2", "2-5", "!5-6", "6-7"])
    #expect(rig.division.count == 17)
    #expect(
      rig.tree.outcome == PartOutcome(predictedRows: 39, failedRows: 1, outputBytes: 39, errorBytes: 5))
    #expect(rig.discarded == 0)
  }

  @Test func aPoisonRowIsSentAloneTwiceAndEveryPartWithItOnce() {
    var rig = Rig(rows: 256)
    rig.run { $0.contains(77) ? .poison : nil }
    #expect(rig.sent.filter { $0.contains(77) }.map(\.count) == [256, 16, 1, 1])
  }

  @Test(arguments: [(2, 2), (16, 16), (17, 16), (31, 16), (40, 16), (256, 16), (65_536, 16)] as [(UInt32, Int)])
  func aPartIsDividedEvenlyAndCompletely(rows: UInt32, count: Int) {
    let parts = ChunkTree.parts(of: 7..<7 + rows)
    #expect(parts.count == count)
    #expect(parts.first?.lowerBound == 7)
    #expect(parts.last?.upperBound == 7 + rows)
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    let sizes = Set(parts.map(\.count))
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    #expect(!sizes.contains(0))
  }

  @Test func severalGuiltyRowsAreAllFound() {
    let guilty: Set<UInt32> = [0, 3, 4, 255]
    var rig = Rig(rows: 256)
    rig.run { rows in rows.contains(where: guilty.contains) ? .fault : nil }
    #expect(rig.division.filter { $0.hasPrefix("!") } == ["!0-1", "!3-4", "!4-5", "!255-256"])
    #expect(rig.tree.outcome.predictedRows == 252)
  }

  @Test func aChunkDividedByChanceIsPutTogetherAgain() {
    var rig = Rig(rows: 64)
    var failures = 1
    rig.run { _ in
      failures -= 1
      return failures >= 0 ? .poison : nil
    }
    #expect(rig.division == ["0-64"])
    #expect(rig.discarded == 16)
    #expect(rig.sent == [0..<64] + ChunkTree.parts(of: 0..<64) + [0..<64])
  }

  @Test func aPartDividedByChanceBesideAGuiltyRowIsPutTogetherAgain() {
    var rig = Rig(rows: 48)
    var failures = 1
    rig.run { rows in
      if rows.contains(0) { return .poison }
      guard rows == 45..<48, failures > 0 else { return nil }
      failures -= 1
      return .poison
    }
    #expect(rig.division.prefix(4) == ["!0-1", "1-2", "2-3", "3-6"])
    #expect(rig.division.last == "45-48")
    #expect(rig.sent.filter { $0 == 45..<48 }.count == 2)
  }

  @Test func aChunkThatAlwaysFailsAsAWholeStaysDivided() {
    var rig = Rig(rows: 4)
    rig.run { $0.count > 2 ? .fault : nil }
    #expect(rig.division == ["0-1", "1-2", "2-3", "3-4"])
    #expect(rig.sent.filter { $0.count == 4 }.count == 2 * (ChunkTree.rejoinLimit + 1))
  }

  @Test func aModelThatTakesSingleRowsOnlyCostsABoundedNumberOfTries() {
    var rig = Rig(rows: 256)
    rig.run { $0.count > 1 ? .fault : nil }
    #expect(rig.division.count == 256)
    #expect(rig.sent.count < 256 * 6)
  }

  @Test func aRefusedPartIsNotSentWholeAgain() {
    var rig = Rig(rows: 4)
    rig.run { $0.count > 2 ? .refused : nil }
    #expect(rig.division == ["0-1", "1-2", "2-3", "3-4"])
    #expect(rig.sent == [0..<4, 0..<1, 1..<2, 2..<3, 3..<4])
  }

  @Test func aFaultThatPassesIsNotHeldAgainstTheRows() {
    var rig = Rig(rows: 4)
    var failures = 1
    rig.run { _ in
      failures -= 1
      return failures >= 0 ? .fault : nil
    }
    #expect(rig.sent == [0..<4, 0..<4])
    #expect(rig.division == ["0-4"])
  }

  @Test func aRowIsGivenUpForOneKindOfFailureOnly() {
    var tree = ChunkTree(chunk: 0, rows: 1)
    for failure in [PartFailure.fault, .fault, .poison, .fault, .fault] {
      _ = tree.send(0, in: 1)
      guard case .sendAgain = tree.failed(0, failure, errorBytes: 1) else {
        Issue.record("given up after \(failure)")
        return
      }
    }
    _ = tree.send(0, in: 1)
    #expect(tree.failed(0, .fault, errorBytes: 3) == .rejected(.complete))
    #expect(tree.outcome.errorBytes == 3)
  }

  @Test func statusesSayWhatTheyMeanForTheRows() {
    let expected: [StatusCode: PartFailure] = [
      .unavailable: .transient, .aborted: .transient, .deadlineExceeded: .transient, .cancelled: .transient,
      .notFound: .transient, .resourceExhausted: .congested, .invalidArgument: .refused, .outOfRange: .refused,
      .permissionDenied: .fatal, .unauthenticated: .fatal, .unimplemented: .fatal, .failedPrecondition: .fatal,
      .internal: .fault, .unknown: .fault, .dataLoss: .fault, .alreadyExists: .fault, .ok: .fault,
    ]
    #expect(expected.count == StatusCode.allCases.count)
    for status in StatusCode.allCases {
      #expect(PartFailure(status: status, isPoison: false) == expected[status])
    }
    #expect(PartFailure(status: .unavailable, isPoison: true) == .poison)
  }
}
