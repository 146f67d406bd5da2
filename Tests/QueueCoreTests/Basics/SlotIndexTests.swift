import BasicContainers
import Testing

@testable import QueueCore

@Suite struct SlotIndexTests {
  /// Few different keys, so that they come and go again and again, in chains that wrap around.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func doesWhatADictionaryDoes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var index = SlotIndex()
    var table = UniqueArray<UInt64>()
    var free: [Int] = []
    var model: [UInt64: Int] = [:]
    let keys = 8 << seed
    for _ in 0..<20_000 {
      // Far apart and close together.
      let key = UInt64(Int.random(in: 0..<keys, using: &random)) &* (Bool.random(using: &random) ? 1 : 1 << 40)
      let known = index.slot(of: key, in: table) { $0 }
      #expect(known == model[key])
      if let known {
        index.remove(known, in: table) { $0 }
        model[key] = nil
        free.append(known)
      } else if Bool.random(using: &random) {
        let slot = free.popLast() ?? table.count
        if slot == table.count { table.append(key) }
        table[slot] = key
        index.insert(slot, in: table) { $0 }
        model[key] = slot
      }
    }
    let count = index.count
    #expect(count == model.count)
    for (key, slot) in model {
      let known = index.slot(of: key, in: table) { $0 }
      #expect(known == slot)
    }
  }
}
