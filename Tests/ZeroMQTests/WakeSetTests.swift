import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct WakeSetTests {
  @Test func onlyTheSocketThatHasSomethingIsNamed() throws {
    let quiet = try Pair(.pull, .push)
    let busy = try Pair(.pull, .push)
    var wakes = try WakeSet()
    try wakes.add(try quiet.bound.fileDescriptor(), index: 4)
    try wakes.add(try busy.bound.fileDescriptor(), index: 5)
    // Once something has come through both and nothing more is there, nothing is left to be told of either.
    try Self.passOne(through: quiet)
    try Self.passOne(through: busy)
    var ready: [Int] = []
    try wakes.wait(untilNanoseconds: nil, into: &ready)
    #expect(ready.isEmpty)

    #expect(try busy.connected.send(pattern(1).span.bytes, wait: true) == .sent)
    try wakes.wait(untilNanoseconds: MonotonicClock.nanoseconds + 60_000_000_000, into: &ready)
    #expect(ready == [5])
    #expect(try busy.bound.receiveFrames(maxParts: 1) != nil)
  }

  private static func passOne(through pair: borrowing Pair) throws {
    #expect(try pair.connected.send(pattern(1).span.bytes, wait: true) == .sent)
    #expect(try pair.bound.receiveFrames(maxParts: 1, wait: true) != nil)
    #expect(try pair.bound.receiveFrames(maxParts: 1) == nil)
  }

  @Test func aWaitEndsAtItsDeadlineAndNotBefore() throws {
    var wakes = try WakeSet()
    let deadline = MonotonicClock.nanoseconds + 2_000_000
    var ready: [Int] = []
    try wakes.wait(untilNanoseconds: deadline, into: &ready)
    #expect(MonotonicClock.nanoseconds >= deadline)
    #expect(ready.isEmpty)
  }

  @Test func withoutADeadlineItOnlyLooks() throws {
    var wakes = try WakeSet()
    var ready: [Int] = []
    try wakes.wait(untilNanoseconds: nil, into: &ready)
    #expect(ready.isEmpty)
  }
}
