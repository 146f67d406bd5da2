import BasicContainers
import Testing

@testable import QueueCore

@Suite struct WorkerTableTests {
  private static func worker(peer: UInt64, session: UInt32) -> Worker {
    Worker(
      peer: PeerID(peer), session: SessionID(session), version: VersionID(0),
      liveness: WorkerLiveness(heartbeatMilliseconds: 1_000, liveness: 3, at: .zero),
      batchLease: BatchLease(leaseMilliseconds: 0, heartbeatMilliseconds: 1_000), nextHeartbeat: .zero)
  }

  @Test func aMemberIsFoundByConnectionAndBySession() {
    var table = WorkerTable()
    let first = table.insert(Self.worker(peer: 7, session: 70))
    let second = table.insert(Self.worker(peer: 8, session: 80))
    #expect(table.slot(of: PeerID(7)) == first)
    #expect(table.slot(of: SessionID(80)) == second)
    #expect(table.slot(of: PeerID(70)) == nil)
    #expect(table.slot(of: SessionID(7)) == nil)
    #expect(table.count == 2)
  }

  @Test func aMemberThatLeftIsFoundNoMoreAndHasNoTimer() {
    var table = WorkerTable()
    let slot = table.insert(Self.worker(peer: 7, session: 70))
    table.setTimer(slot, at: Instant(nanoseconds: 5))
    table.remove(slot)
    #expect(table.slot(of: PeerID(7)) == nil)
    #expect(table.slot(of: SessionID(70)) == nil)
    #expect(table.timers.isEmpty == true)
    #expect(table.count == 0)
  }

  @Test func aSlotIsUsedAgain() {
    var table = WorkerTable()
    let slot = table.insert(Self.worker(peer: 7, session: 70))
    table.remove(slot)
    #expect(table.insert(Self.worker(peer: 9, session: 90)) == slot)
    #expect(table.slots.count == 1)
    #expect(table[slot].session == SessionID(90))
  }

  @Test func settingATimerReplacesTheOneBefore() {
    var table = WorkerTable()
    let first = table.insert(Self.worker(peer: 7, session: 70))
    let second = table.insert(Self.worker(peer: 8, session: 80))
    table.setTimer(first, at: Instant(nanoseconds: 5))
    table.setTimer(second, at: Instant(nanoseconds: 6))
    table.setTimer(first, at: Instant(nanoseconds: 7))
    #expect(table.timers.count == 2)
    #expect(table.timers.first?.slot == Int32(second))
  }

  @Test func aThousandThatComeAndGoTenTimesTakeNoMoreRoom() {
    var table = WorkerTable()
    var rooms: [[Int]] = []
    for round in 0..<10 as Range<UInt64> {
      for member in 0..<1000 as Range<UInt64> {
        let number = 1000 * round + member
        let slot = table.insert(Self.worker(peer: number, session: UInt32(number)))
        table.setTimer(slot, at: Instant(nanoseconds: number))
      }
      #expect(table.count == 1000)
      for member in 0..<1000 as Range<UInt64> {
        guard let slot = table.slot(of: PeerID(1000 * round + member)) else {
          Issue.record("a member is not found")
          return
        }
        table.remove(slot)
      }
      #expect(table.count == 0)
      #expect(table.timers.count == 0)
      rooms.append([
        table.slots.capacity, table.free.capacity, table.slotByPeer.places.count, table.slotBySession.places.count,
        table.links[0].capacity, table.links[1].capacity, table.timers.elements.capacity, table.timerPositions.capacity,
      ])
    }
    #expect(Set(rooms).count == 1)
    #expect(table.slots.count == 1000)
  }
}
