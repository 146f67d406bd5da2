import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct RouterTests {
  /// A routing id that no peer has.
  private let nobody: [UInt8] = [0, 9, 9, 9, 9]

  @Test func automaticRoutingIDsAreFiveBytesThatBeginWithZero() throws {
    let pair = try Pair(.router, .dealer)
    #expect(try send([[7]], to: pair.connected) == .sent)
    let parts = try receiveParts(pair.bound)
    #expect(parts.count == 2)
    #expect(parts[0].count == 5)
    #expect(parts[0].first == 0)
    #expect(parts[1] == [7])
  }

  @Test func unknownPeerIsUnreachableOnTheFirstPart() throws {
    let pair = try Pair(.router, .dealer)
    #expect(try pair.bound.send(self.nobody.span.bytes, more: true) == .unreachable)
    #expect(try pair.bound.send(Frame(copying: self.nobody.span.bytes), more: true) == .unreachable)
    var arena = MessageArena(limit: 4)
    let part = try #require(try arena.store(self.nobody.span.bytes))
    #expect(try arena.send(part, to: pair.bound, more: true) == .unreachable)
    #expect(try arena.sendCopy(part, to: pair.bound, more: true) == .unreachable)
    #expect(arena.array(part) == self.nobody)

    // The router stands at the start of a message again.
    #expect(try send([[7]], to: pair.connected) == .sent)
    let peer = try receiveParts(pair.bound)[0]
    #expect(try send([peer, [8]], to: pair.bound) == .sent)
    #expect(try receiveParts(pair.connected) == [[8]])
  }

  @Test func peerThatLeftBecomesUnreachable() throws {
    let context = try Context()
    let router = try Socket(.router, in: context)
    try router.bind("tcp://127.0.0.1:*")
    var peer: [UInt8] = []
    do {
      let dealer = try Socket(.dealer, in: context)
      try dealer.connect(try router.lastEndpoint())
      #expect(try send([[7]], to: dealer) == .sent)
      peer = try receiveParts(router)[0]
    }
    var poller = Poller(capacity: 1)
    var result = SendResult.sent
    for _ in 0..<patience where result != .unreachable {
      result = try send([peer, [1]], to: router)
      try poller.wait(milliseconds: 1)
    }
    #expect(result == .unreachable)
  }

  @Test func withoutMandatoryAMessageToNobodyVanishes() throws {
    let context = try Context()
    let router = try Socket(.router, in: context, options: SocketOptions { $0.routerMandatory = false })
    #expect(try send([self.nobody, [1]], to: router) == .sent)
  }

  @Test func fullPeerWouldBlockOnTheFirstPartAndLaterNot() throws {
    let small = SocketOptions {
      $0.sendHighWaterMark = 4
      $0.receiveHighWaterMark = 4
    }
    let pair = try Pair(.router, .dealer, over: "inproc://full", boundOptions: small, connectedOptions: small)
    #expect(try send([[7]], to: pair.connected) == .sent)
    let peer = try receiveParts(pair.bound)[0]

    var accepted: UInt8 = 0
    while try pair.bound.send(peer.span.bytes, more: true) == .sent {
      #expect(try pair.bound.send([accepted].span.bytes) == .sent)
      accepted += 1
      try #require(accepted < 100)
    }
    #expect(accepted >= 4)
    #expect(try pair.bound.send(peer.span.bytes, more: true) == .wouldBlock)

    for number in 0..<accepted { #expect(try receiveParts(pair.connected) == [[number]]) }
    var result = SendResult.wouldBlock
    var poller = Poller(capacity: 1)
    for _ in 0..<patience where result == .wouldBlock {
      result = try pair.bound.send(peer.span.bytes, more: true)
      if result == .wouldBlock { try poller.wait(milliseconds: 1) }
    }
    #expect(result == .sent)
    #expect(try send([[200]], to: pair.bound) == .sent)
    #expect(try receiveParts(pair.connected) == [[200]])
  }

  @Test func namedPeerIsReachedByItsName() throws {
    let named = SocketOptions { $0.routingID = Array("worker-7".utf8) }
    let pair = try Pair(.router, .dealer, connectedOptions: named)
    #expect(try send([[7]], to: pair.connected) == .sent)
    #expect(try receiveParts(pair.bound) == [Array("worker-7".utf8), [7]])
    #expect(try send([Array("worker-7".utf8), [8]], to: pair.bound) == .sent)
    #expect(try receiveParts(pair.connected) == [[8]])
  }

  @Test(arguments: [Socket.Kind.dealer, .push])
  func messageWhosePeerLeavesInItsMiddleTakesNoOtherWithIt(kind: Socket.Kind) throws {
    let context = try Context()
    let receiverKind: Socket.Kind = kind == .dealer ? .dealer : .pull
    let sender = try Socket(kind, in: context)
    let first = try Socket(receiverKind, in: context)
    try first.bind("inproc://first")
    try sender.connect("inproc://first")
    #expect(try sender.send(pattern(1).span.bytes, more: true) == .sent)
    try sender.disconnect("inproc://first")
    #expect(try sender.send(pattern(2).span.bytes, more: true) == .unreachable)

    let second = try Socket(receiverKind, in: context)
    try second.bind("inproc://second")
    try sender.connect("inproc://second")
    #expect(try send([[3], [4]], to: sender) == .sent)
    #expect(try send([[5]], to: sender) == .sent)
    #expect(try receiveParts(second) == [[3], [4]])
    #expect(try receiveParts(second) == [[5]])
    #expect(try first.receiveFrames(maxParts: 8) == nil)
  }
}
