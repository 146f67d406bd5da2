import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct ArenaSendTests {
  @Test(arguments: partSizes)
  func movedPartIsEmptyButStillToBeReleased(size: Int) throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 4)
    let part = try #require(try arena.store(pattern(size).span.bytes))
    try awaitOutput(pair.connected)
    #expect(try arena.send(part, to: pair.connected, more: false) == .sent)
    #expect(arena.contains(part) == true)
    #expect(arena.byteCount(of: part) == 0)
    #expect(arena.count == 1)
    arena.release(part)
    #expect(arena.count == 0)
    #expect(try receiveParts(pair.bound) == [pattern(size)])
  }

  @Test(arguments: partSizes)
  func sharedPartCanBeSentAgainAndThenMoved(size: Int) throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 4)
    let part = try #require(try arena.store(pattern(size).span.bytes))
    try awaitOutput(pair.connected)
    #expect(try arena.sendCopy(part, to: pair.connected, more: false) == .sent)
    #expect(arena.array(part) == pattern(size))
    #expect(try arena.sendCopy(part, to: pair.connected, more: false) == .sent)
    #expect(try arena.send(part, to: pair.connected, more: false) == .sent)
    arena.release(part)
    for _ in 0..<3 { #expect(try receiveParts(pair.bound) == [pattern(size)]) }
  }

  @Test func receivedChainGoesOnWithANewHeader() throws {
    let context = try Context()
    let front = try Pair(.pull, .push, in: context)
    let back = try Pair(.pull, .push, in: context)
    var arena = MessageArena(limit: 16)
    let contents = partSizes.enumerated().map { pattern($1, seed: $0) }
    #expect(try send([[0]] + contents, to: front.connected) == .sent)
    let message = try receive(front.bound, into: &arena)
    let rest = arena.split(message.first, after: 1)
    let payload = try #require(rest)
    arena.release(message.first)
    try awaitOutput(back.connected)

    let header = pattern(33, seed: 9)
    #expect(try back.connected.send(header.span.bytes, more: true) == .sent)
    #expect(try arena.sendChainCopy(payload, to: back.connected) == .sent)
    #expect(try receiveParts(back.bound) == [header] + contents)
    #expect(arena.parts(payload).map { arena.array($0) } == contents)

    #expect(try arena.sendChain(payload, to: back.connected) == .sent)
    #expect(try receiveParts(back.bound) == contents)
    arena.release(payload)
    #expect(arena.count == 0)
  }

  @Test func constantPartServesAnyNumberOfMessages() throws {
    let pair = try Pair(.pull, .push)
    var arena = MessageArena(limit: 1)
    let constant = try #require(try arena.store(pattern(60).span.bytes))
    try awaitOutput(pair.connected)
    for number in UInt8(0)..<100 {
      #expect(try arena.sendCopy(constant, to: pair.connected, more: true) == .sent)
      #expect(try pair.connected.send([number].span.bytes) == .sent)
    }
    for number in UInt8(0)..<100 { #expect(try receiveParts(pair.bound) == [pattern(60), [number]]) }
  }

  @Test func refusedPartIsAsItWas() throws {
    let context = try Context()
    let lonely = try Socket(.push, in: context)
    var arena = MessageArena(limit: 4)
    let part = try #require(try arena.store(pattern(100).span.bytes))
    #expect(try arena.send(part, to: lonely, more: false) == .wouldBlock)
    #expect(try arena.sendCopy(part, to: lonely, more: false) == .wouldBlock)
    #expect(try arena.sendChain(part, to: lonely) == .wouldBlock)
    #expect(arena.array(part) == pattern(100))
  }
}
