import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct MessageArenaTests {
  @Test(arguments: ["inproc://sizes", "tcp://127.0.0.1:*"], [false, true])
  func partsOfAllSizesKeepTheirAddressesAndContents(endpoint: String, zeroCopyReceive: Bool) throws {
    let pair = try Pair(.pull, .push, over: endpoint, in: Context(zeroCopyReceive: zeroCopyReceive))
    var arena = MessageArena(limit: 10_000)
    let sent = partSizes.enumerated().map { pattern($1, seed: $0) }
    #expect(try send(sent, to: pair.connected) == .sent)

    let message = try receive(pair.bound, into: &arena)
    #expect(message.count == partSizes.count)
    #expect(message.bytes == partSizes.reduce(0, +))
    #expect(!message.tooManyParts)
    let parts = arena.parts(message.first)
    let addresses = parts.map { arena.address($0) }
    #expect(Set(addresses).count == parts.count)
    #expect(parts.map { arena.array($0) } == sent)

    // Several blocks more, filled with other bytes, disturb nothing.
    for seed in 0..<5000 { #expect(try arena.store(pattern(33, seed: seed).span.bytes) != nil) }
    #expect(parts.map { arena.address($0) } == addresses)
    #expect(parts.map { arena.array($0) } == sent)
    #expect(parts.map { arena.byteCount(of: $0) } == partSizes)
  }

  @Test func storedPartsOfAllSizesKeepSeparateContents() throws {
    var arena = MessageArena(limit: 100)
    let contents = partSizes.enumerated().map { pattern($1, seed: $0) }
    let parts = try contents.map { try #require(try arena.store($0.span.bytes)) }
    #expect(parts.map { arena.array($0) } == contents)
    #expect(Set(parts.map { arena.address($0) }).count == parts.count)
    #expect(parts.allSatisfy { arena.next(after: $0) == nil })
  }

  @Test func nothingToReceiveIsNoError() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 4)
    #expect(try arena.receive(from: pair.bound, maxParts: 4) == .nothing)
    #expect(arena.count == 0)
  }

  @Test func partsBeyondTheMostAreCountedAndLetGo() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 1000)
    #expect(try send((0..<100).map { pattern(40, seed: $0) }, to: pair.connected) == .sent)
    #expect(try send([[1], [2]], to: pair.connected) == .sent)

    let message = try receive(pair.bound, into: &arena, maxParts: 64)
    #expect(message.count == 64)
    #expect(message.bytes == 64 * 40)
    #expect(message.discardedParts == 36)
    #expect(message.tooManyParts)
    #expect(arena.parts(message.first).map { arena.array($0) } == (0..<64).map { pattern(40, seed: $0) })

    let next = try receive(pair.bound, into: &arena)
    #expect(arena.parts(next.first).map { arena.array($0) } == [[1], [2]])
    #expect(arena.count == 66)
  }

  @Test func exactlyTheMostPartsAreNotTooMany() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 10)
    #expect(try send([[1], [2], [3]], to: pair.connected) == .sent)
    let message = try receive(pair.bound, into: &arena, maxParts: 3)
    #expect(message.count == 3)
    #expect(!message.tooManyParts)
  }

  @Test func messageThatDoesNotFitIsReadAndReported() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 3)
    #expect(try send([[1], [2, 2], [3], [4], [5, 5, 5]], to: pair.connected) == .sent)
    #expect(try send([[6], [7]], to: pair.connected) == .sent)

    try awaitInput(pair.bound)
    #expect(try arena.receive(from: pair.bound, maxParts: 64) == .arenaFull(parts: 5, bytes: 8))
    #expect(arena.count == 0)
    let message = try receive(pair.bound, into: &arena)
    #expect(arena.parts(message.first).map { arena.array($0) } == [[6], [7]])
    #expect(arena.freeCount == 1)
  }

  @Test func fullArenaStillReadsMessagesAway() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 1)
    let kept = try #require(try arena.store(pattern(3).span.bytes))
    #expect(try arena.store(pattern(3).span.bytes) == nil)
    #expect(try arena.receive(from: pair.bound, maxParts: 64) == .nothing)

    #expect(try send([[1], [2]], to: pair.connected) == .sent)
    try awaitInput(pair.bound)
    #expect(try arena.receive(from: pair.bound, maxParts: 64) == .arenaFull(parts: 2, bytes: 2))
    #expect(try arena.receive(from: pair.bound, maxParts: 64) == .nothing)

    arena.release(kept)
    #expect(try send([[9]], to: pair.connected) == .sent)
    let message = try receive(pair.bound, into: &arena)
    #expect(arena.array(message.first) == [9])
  }

  @Test func slotsAreUsedAgainWithoutGrowing() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 100_000)
    for round in 0..<5000 {
      #expect(try send([[1], pattern(100, seed: round), [3]], to: pair.connected) == .sent)
      let message = try receive(pair.bound, into: &arena)
      let parts = arena.parts(message.first)
      #expect(parts.allSatisfy { $0.index < 3 })
      arena.release(message.first)
      #expect(parts.allSatisfy { !arena.contains($0) })
    }
    #expect(arena.count == 0)
  }

  @Test func endedContextLeavesNothingBehind() throws {
    let context = try Context()
    let pair = try Pair(.pull, .push, in: context)
    var arena = MessageArena(limit: 4)
    context.shutdown()
    let error = #expect(throws: ZMQError.self) { () throws in
      _ = try arena.receive(from: pair.bound, maxParts: 4)
    }
    #expect(error?.code == .terminated)
    #expect(arena.count == 0)
  }
}
