import Testing

@testable import QueueCore

@Suite struct WorkIDTests {
  @Test(arguments: [(0, 1), (1, 0), (WorkID.maximumSlots - 1, 7), (12_345, (1 << 40) - 1)] as [(Int, UInt64)])
  func slotAndGenerationComeBack(slot: Int, generation: UInt64) {
    let work = WorkID(slot: slot, generation: generation)
    #expect(work.slot == slot)
    #expect(work.generation == generation)
    #expect(WorkID(work.rawValue) == work)
  }

  @Test func theSameSlotOfAnotherGenerationIsOtherWork() {
    #expect(WorkID(slot: 5, generation: 1) != WorkID(slot: 5, generation: 2))
  }

  @Test func aGenerationBeyondItsBitsLosesTheHighOnesAndNothingElse() {
    let work = WorkID(slot: 9, generation: (1 << 40) + 3)
    #expect(work.slot == 9)
    #expect(work.generation == 3)
  }
}
