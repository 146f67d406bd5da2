import QueueCore
import Testing

@testable import LoadGenerator

@Suite struct DueTableTests {
  @Test("Requests are found by their ids whatever the order they end in, and each once")
  func anyOrder() {
    var table = DueTable()
    var random = SplitMix64(seed: 11)
    var model: [UInt64: Instant] = [:]
    var next: UInt64 = 1
    for _ in 0..<20_000 {
      if Bool.random(using: &random) {
        let due = Instant(nanoseconds: random.next() >> 1)
        table.append(RequestID(next), due: due)
        model[next] = due
        next += 1
      } else {
        let id = UInt64.random(in: 0..<(next + 3), using: &random)
        #expect(table.remove(RequestID(id)) == model.removeValue(forKey: id))
      }
      #expect(table.count == model.count)
    }
  }
}
