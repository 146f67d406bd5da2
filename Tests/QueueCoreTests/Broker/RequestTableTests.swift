import Testing

@testable import QueueCore

@Suite struct RequestTableTests {
  private static func submission(
    _ request: UInt64, client: UInt64 = 1, timeoutMicroseconds: Int64 = RequestHeader.noTimeout
  ) -> Submission {
    Submission(
      client: PeerID(client), request: RequestID(request), target: .version(VersionID(0)), requestClass: .online,
      contentType: .json, parts: 1, timeoutMicroseconds: timeoutMicroseconds, payload: PayloadRef(request),
      payloadBytes: 10)
  }

  /// A request as its client knows it.
  private struct RequestKey: Hashable {
    var client: PeerID
    var request: RequestID
  }

  private static func insert(_ submission: Submission, into table: inout RequestTable) -> Int {
    let slot = table.insert(
      submission, as: Resolution(version: VersionID(0), epoch: 0, isRouted: false),
      arrival: submission.request.rawValue,
      at: .zero)
    table[slot].state = .queued
    return slot
  }

  @Test func aRequestIsFoundByItsClientsNameAndByTheBrokers() {
    var table = RequestTable(seed: 1)
    let slot = Self.insert(Self.submission(5), into: &table)
    #expect(table.slot(client: PeerID(1), request: RequestID(5)) == slot)
    #expect(table.slot(client: PeerID(2), request: RequestID(5)) == nil)
    #expect(table.slot(of: table.work(slot)) == slot)
  }

  @Test func aSlotThatIsUsedAgainHasAnotherName() {
    var table = RequestTable(seed: 1)
    let slot = Self.insert(Self.submission(5), into: &table)
    let work = table.work(slot)
    table.detachFromClient(slot)
    table.release(slot)
    #expect(table.slot(of: work) == nil)
    #expect(Self.insert(Self.submission(6), into: &table) == slot)
    #expect(table.slot(of: work) == nil)
    #expect(table.work(slot) != work)
  }

  @Test(arguments: [WorkID(0), WorkID(.max), WorkID(slot: 7, generation: 1), WorkID(slot: 0, generation: 9)])
  func aNameThatWasNeverGivenIsNotFound(work: WorkID) {
    var table = RequestTable(seed: 1)
    _ = Self.insert(Self.submission(5), into: &table)
    #expect(table.slot(of: work) == nil)
  }

  @Test func onlyRequestsWithDeadlinesStandInTheHeapOfDeadlines() {
    var table = RequestTable(seed: 1)
    _ = Self.insert(Self.submission(1), into: &table)
    let second = Self.insert(Self.submission(2, timeoutMicroseconds: 3), into: &table)
    #expect(table.deadlines.count == 1)
    #expect(table.deadlines.first?.slot == Int32(second))
    table.detachFromClient(second)
    #expect(table.deadlines.isEmpty == true)
  }

  @Test(arguments: [71, 72, 73, 74] as [UInt64])
  func theTableAgreesWithADictionary(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var table = RequestTable(seed: seed)
    var model: [RequestKey: Int] = [:]
    var next: UInt64 = 0
    for _ in 0..<2_000 {
      let client = UInt64.random(in: 0..<4, using: &random)
      if Bool.random(using: &random) {
        next += 1
        let submission = Self.submission(next, client: client, timeoutMicroseconds: Int64(next % 3) - 1)
        model[RequestKey(client: PeerID(client), request: RequestID(next))] = Self.insert(submission, into: &table)
      } else if let slot = table.firstRequest(of: PeerID(client)) {
        let key = RequestKey(client: table[slot].client, request: table[slot].request)
        #expect(model[key] == slot)
        model[key] = nil
        table.detachFromClient(slot)
        table.letGo(bytes: 10)
        table.release(slot)
      }
      #expect(table.outstanding == model.count)
      #expect(table.occupied == model.count)
      #expect(table.heldBytes == model.count * 10)
      #expect(table.outstanding(of: PeerID(client)) == model.keys.count { $0.client == PeerID(client) })
    }
    #expect(model.allSatisfy { table.slot(client: $0.key.client, request: $0.key.request) == $0.value })
    #expect(Set(model.values).count == model.count)
  }
}
