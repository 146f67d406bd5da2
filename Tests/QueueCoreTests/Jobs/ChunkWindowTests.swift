import Testing

@testable import QueueCore

struct ChunkWindowTests {
  private func window(after rounds: Int, queueMicroseconds: UInt64) -> ChunkWindow {
    var window = ChunkWindow(minimum: 2, maximum: 64)
    for _ in 0..<rounds { self.round(&window, queueMicroseconds: queueMicroseconds) }
    return window
  }

  private func round(_ window: inout ChunkWindow, queueMicroseconds: UInt64) {
    for _ in 0..<window.size {
      window.replied(afterMicroseconds: 1000, queueMicroseconds: queueMicroseconds)
    }
  }

  @Test func growsWhileNothingWaits() {
    #expect(self.window(after: 1, queueMicroseconds: 0).size == 8)
    #expect(self.window(after: 2, queueMicroseconds: 0).size == 16)
    #expect(self.window(after: 9, queueMicroseconds: 0).size == 64)
  }

  @Test func staysWhereAFewWait() {
    var window = self.window(after: 2, queueMicroseconds: 0)
    for _ in 0..<20 { self.round(&window, queueMicroseconds: 300) }
    #expect(window.size == 16)
  }

  @Test func shrinksByOneARoundWhereManyWait() {
    var window = self.window(after: 3, queueMicroseconds: 0)
    self.round(&window, queueMicroseconds: 900)
    #expect(window.size == 31)
    for _ in 0..<100 { self.round(&window, queueMicroseconds: 900) }
    // Nine in ten of a window of nine are eight that wait.
    #expect(window.size == 9)
  }

  @Test func growsByOneARoundOnceItHasMetItsMeasure() {
    var window = self.window(after: 2, queueMicroseconds: 0)
    self.round(&window, queueMicroseconds: 900)
    let size = window.size
    self.round(&window, queueMicroseconds: 0)
    #expect(window.size == size + 1)
  }

  @Test func halvesWhenTheClusterIsFull() {
    var window = self.window(after: 9, queueMicroseconds: 0)
    window.refused()
    #expect(window.size == 32)
    for _ in 0..<9 { window.refused() }
    #expect(window.size == 2)
  }

  @Test func takesTheMinimumWhenNobodyServes() {
    var window = self.window(after: 9, queueMicroseconds: 0)
    window.unserved()
    #expect(window.size == 2)
    self.round(&window, queueMicroseconds: 0)
    #expect(window.size == 4)
  }

  @Test func aWaitLongerThanTheWholeIsNotBelieved() {
    var window = ChunkWindow(minimum: 2, maximum: 64)
    for _ in 0..<100 { window.replied(afterMicroseconds: 0, queueMicroseconds: .max) }
    #expect((2...64).contains(window.size))
  }
}
