import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct ContextTests {
  @Test func contextEndsAfterSocketsOnOtherThreadsHaveClosed() async throws {
    weak var ended: Context?
    do {
      let context = try Context()
      ended = context
      let bound = try Socket(.pull, in: context)
      try bound.bind("inproc://quiet")
      let waiting = try LoopThread(name: "waiting", handing: bound) { socket in
        refusal { () throws(ZMQError) in _ = try socket.receiveFrames(maxParts: 1, wait: true) }
      }
      let polling = try LoopThread(name: "polling") {
        refusal { () throws(ZMQError) in
          let socket = try Socket(.router, in: context)
          try socket.bind("tcp://127.0.0.1:*")
          var poller = Poller(capacity: 1)
          _ = poller.add(socket)
          try poller.wait(milliseconds: nil)
        }
      }
      context.shutdown()
      context.shutdown()
      #expect(try await waiting.value?.code == .terminated)
      #expect(try await polling.value?.code == .terminated)
    }
    #expect(ended == nil)
  }

  @Test func socketKeepsItsContextAlive() throws {
    let pair = try Pair(.pull, .push)  // Made in a context that nothing else holds.
    #expect(try send([[1]], to: pair.connected) == .sent)
    #expect(try receiveParts(pair.bound) == [[1]])
  }

  @Test func unsentMessagesDoNotHoldUpTheEnd() throws {
    weak var ended: Context?
    do {
      let context = try Context()
      ended = context
      let socket = try Socket(.push, in: context)
      try socket.connect("tcp://127.0.0.1:1")
      for _ in 0..<100 { #expect(try send([pattern(1000)], to: socket) == .sent) }
      socket.close()
    }
    #expect(ended == nil)
  }

  @Test func socketInAnEndedContextIsRefused() throws {
    let context = try Context()
    let first = try Socket(.push, in: context)
    context.shutdown()
    let error = refusal { () throws(ZMQError) in _ = try Socket(.push, in: context) }
    #expect(error?.code == .terminated)
    first.close()
  }

  @Test func socketBeyondTheMostIsRefused() throws {
    let context = try Context(maxSockets: 2)
    let first = try Socket(.push, in: context)
    let second = try Socket(.push, in: context)
    let error = refusal { () throws(ZMQError) in _ = try Socket(.push, in: context) }
    #expect(error?.code == .tooManyOpen)
    first.close()
    second.close()
  }

  @Test(arguments: [("ioThreads", -1, 9), ("maxSockets", 1, 0), ("maxSockets", 1, 99_999), ("maxSockets", 1, 1 << 40)])
  func optionOutOfRangeIsRefusedByName(name: String, ioThreads: Int, maxSockets: Int) {
    let error = refusal { () throws(ZMQError) in _ = try Context(ioThreads: ioThreads, maxSockets: maxSockets) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.call.contains(name) == true)
  }
}
