import QueueCore
import Testing

@Suite struct FlatTableTests {
  private struct Key: Hashable {
    var high: UInt64
    var low: UInt64
  }

  /// Few different keys, so that they are set, changed, found and removed again and again, in chains that wrap around.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func doesWhatADictionaryDoes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var table = FlatTable(seed: seed)
    var model: [Key: Int] = [:]
    let keys = 4 << seed
    for step in 0..<20_000 {
      let key = Key(
        high: UInt64.random(in: 0..<4, using: &random), low: UInt64(Int.random(in: 0..<keys, using: &random)))
      switch UInt64.random(in: 0..<3, using: &random) {
      case 0:
        table[key.high, key.low] = nil
        model[key] = nil
      case 1:
        table[key.high, key.low] = step
        model[key] = step
      default:
        #expect(table[key.high, key.low] == model[key])
      }
    }
    #expect(table.count == model.count)
    for (key, slot) in model { #expect(table[key.high, key.low] == slot) }
  }

  @Test func removingWhatIsNotThereChangesNothing() {
    var table = FlatTable()
    table[1] = 7
    table[2] = nil
    #expect(table.count == 1)
    #expect(table[1] == 7)
    #expect(table[1, 1] == nil)
  }
}
