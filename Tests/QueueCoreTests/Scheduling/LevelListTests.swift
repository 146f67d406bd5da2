import BasicContainers
import Testing

@testable import QueueCore

@Suite struct LevelListTests {
  @Test func theLeastLoadedWorkerIsFirst() {
    var list = LevelList()
    var links = UniqueArray<LevelList.Link>(repeating: LevelList.Link(), count: 3)
    list.insert(0, level: 2, .last, links: &links)
    list.insert(1, level: 5, .last, links: &links)
    list.insert(2, level: 1, .last, links: &links)
    #expect(list.first == 2)
    list.remove(2, links: &links)
    #expect(list.first == 0)
    list.remove(0, links: &links)
    #expect(list.first == 1)
  }

  @Test func amongEquallyLoadedWorkersTheOneUsedLastIsFirst() {
    var list = LevelList()
    var links = UniqueArray<LevelList.Link>(repeating: LevelList.Link(), count: 3)
    for slot in [1, 0, 2] { list.insert(slot, level: 0, .last, links: &links) }
    #expect(list.first == 1)
    list.remove(2, links: &links)
    list.insert(2, level: 0, .first, links: &links)
    #expect(list.first == 2)
  }

  @Test func anEmptyListHasNoFirst() {
    var list = LevelList()
    var links = UniqueArray<LevelList.Link>(repeating: LevelList.Link(), count: 1)
    #expect(list.first == nil)
    list.insert(0, level: 3, .last, links: &links)
    list.remove(0, links: &links)
    #expect(list.first == nil)
    #expect(links[0].level == LevelList.absent)
  }

  @Test func twoListsShareOneTableOfLinks() {
    var left = LevelList()
    var right = LevelList()
    var links = UniqueArray<LevelList.Link>(repeating: LevelList.Link(), count: 4)
    left.insert(0, level: 1, .last, links: &links)
    right.insert(1, level: 1, .last, links: &links)
    left.insert(2, level: 1, .last, links: &links)
    right.insert(3, level: 0, .last, links: &links)
    left.remove(0, links: &links)
    #expect(left.first == 2)
    #expect(right.first == 3)
    #expect((left.count, right.count) == (1, 2))
  }

  @Test(arguments: [11, 12, 13, 14, 15, 16, 17, 18] as [UInt64])
  func theListAgreesWithALevelledOrder(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var list = LevelList()
    let slots = 24
    var links = UniqueArray<LevelList.Link>(repeating: LevelList.Link(), count: slots)
    // In order; the first of the lowest level is the answer.
    var model: [(slot: Int, level: Int)] = []
    for _ in 0..<3_000 {
      let slot = Int.random(in: 0..<slots, using: &random)
      if let index = model.firstIndex(where: { $0.slot == slot }) {
        list.remove(slot, links: &links)
        model.remove(at: index)
      } else {
        let level = Int.random(in: 0..<6, using: &random)
        let isFirst = Bool.random(using: &random)
        list.insert(slot, level: level, isFirst ? .first : .last, links: &links)
        model.insert((slot, level), at: isFirst ? 0 : model.count)
      }
      let lowest = model.map(\.level).min()
      #expect(list.first == model.first { $0.level == lowest }?.slot)
      #expect(list.count == model.count)
    }
  }
}
