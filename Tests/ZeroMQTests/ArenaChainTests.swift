import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct ArenaChainTests {
  /// An arena that holds a received message of three parts and nothing else.
  private struct Received: ~Copyable {
    var arena = MessageArena(limit: 16)
    let parts: [PartRef]

    init() throws {
      let pair = try Pair(.pull, .push)
      _ = try send([[1], pattern(50), [3]], to: pair.connected)
      self.parts = self.arena.parts(try receive(pair.bound, into: &self.arena).first)
    }
  }

  @Test func identityAndHeaderGoWhileThePayloadStays() throws {
    var received = try Received()
    let rest = received.arena.split(received.parts[0], after: 2)
    let payload = try #require(rest)
    #expect(payload == received.parts[2])
    #expect(received.arena.parts(received.parts[0]) == Array(received.parts[0..<2]))

    received.arena.release(received.parts[0])
    #expect(received.arena.count == 1)
    #expect(received.arena.array(payload) == [3])
    #expect(received.arena.next(after: payload) == nil)
  }

  @Test func cuttingBehindTheLastPartLeavesNothing() throws {
    var received = try Received()
    #expect(received.arena.split(received.parts[0], after: 3) == nil)
    #expect(received.arena.parts(received.parts[0]) == received.parts)
  }

  @Test func firstPartAloneCanBeReleased() throws {
    var received = try Received()
    #expect(received.arena.releaseFirst(received.parts[0]) == received.parts[1])
    #expect(received.arena.releaseFirst(received.parts[1]) == received.parts[2])
    #expect(received.arena.releaseFirst(received.parts[2]) == nil)
    #expect(received.arena.count == 0)
  }

  @Test func releasedNamesAreNoLongerGood() throws {
    var received = try Received()
    received.arena.release(received.parts[0])
    for part in received.parts { #expect(received.arena.contains(part) == false) }

    let reused = try #require(try received.arena.store(pattern(1).span.bytes))
    #expect(received.parts.contains { $0.index == reused.index && $0.generation != reused.generation })
    #expect(!received.parts.contains(reused))
    #expect(received.arena.contains(reused) == true)
    for part in received.parts { #expect(received.arena.contains(part) == false) }
    #expect(received.arena.contains(PartRef(index: 15, generation: 1)) == false)
    #expect(received.arena.contains(PartRef(index: .max, generation: 1)) == false)
    #expect(received.arena.contains(PartRef(index: reused.index, generation: 0)) == false)
  }

  @Test func bytesOfAReleasedPartStopTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var received = try Received()
      try #require(received.arena.byteCount(of: received.parts[1]) == 50)
      received.arena.release(received.parts[0])
      precondition(received.arena.bytes(of: received.parts[1]).byteCount == 50)
    }
  }

  @Test func oldNameOfASlotInUseAgainStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var received = try Received()
      received.arena.release(received.parts[0])
      for _ in 0..<3 { _ = try received.arena.store(pattern(50).span.bytes) }
      precondition(received.arena.bytes(of: received.parts[1]).byteCount == 50)
    }
  }

  @Test func secondReleaseStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var received = try Received()
      received.arena.release(received.parts[0])
      received.arena.release(received.parts[0])
    }
  }

  @Test func sendingAReleasedPartStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var received = try Received()
      let pair = try Pair(.pull, .push)
      received.arena.release(received.parts[0])
      _ = try received.arena.send(received.parts[0], to: pair.connected, more: false)
    }
  }

  @Test func cuttingBeyondTheLastPartStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var received = try Received()
      _ = received.arena.split(received.parts[0], after: 4)
    }
  }

  @Test func everythingButTheFaultItselfSucceedsInThoseTests() async {
    // The tests above pass only because of their last line: the lines before it end well.
    await #expect(processExitsWith: .success) {
      var received = try Received()
      let pair = try Pair(.pull, .push)
      received.arena.release(received.parts[0])
      let part = try #require(try received.arena.store(pattern(1).span.bytes))
      _ = try received.arena.send(part, to: pair.connected, more: false)
      received.arena.release(part)
    }
  }
}
