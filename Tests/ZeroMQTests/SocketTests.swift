import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct SocketTests {
  @Test func lastEndpointNamesTheRealPort() throws {
    let context = try Context()
    let socket = try Socket(.router, in: context)
    #expect(try socket.lastEndpoint() == "")
    try socket.bind("tcp://127.0.0.1:*")
    let endpoint = try socket.lastEndpoint()
    #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
    #expect((Int(endpoint.dropFirst("tcp://127.0.0.1:".count)) ?? 0) > 0)
  }

  @Test func addressInUseSaysWhichOne() throws {
    let context = try Context()
    let first = try Socket(.router, in: context)
    try first.bind("tcp://127.0.0.1:*")
    let endpoint = try first.lastEndpoint()
    let second = try Socket(.router, in: context)
    let error = refusal { () throws(ZMQError) in try second.bind(endpoint) }
    #expect(error?.code == .addressInUse)
    #expect(error?.description.contains("zmq_bind(\(endpoint)): Address already in use") == true)

    try first.unbind(endpoint)
    for _ in 0..<patience where refusal({ () throws(ZMQError) in try second.bind(endpoint) }) != nil {}
    #expect(try second.lastEndpoint() == endpoint)
  }

  @Test(
    arguments: [
      ("127.0.0.1:5555", ZMQError.Code.invalidArgument), ("carrier-pigeon://roof", .unknownTransport),
      ("tcp://127.0.0.1", .invalidArgument), ("tcp://127.0.0.1:99999", .invalidArgument),
      ("inproc://a\0b", .invalidArgument), ("tcp://127.0.0.1:port", .invalidArgument),
      ("tcp://203.0.113.7:*", .addressNotAvailable), ("tcp://no-such-interface:*", .noSuchDevice),
    ]
  )
  func endpointsThatCannotBeBoundAreTypedErrors(endpoint: String, code: ZMQError.Code) throws {
    let context = try Context()
    let socket = try Socket(.router, in: context)
    let error = refusal { () throws(ZMQError) in try socket.bind(endpoint) }
    #expect(error?.code == code)
    #expect(error?.call == "zmq_bind(\(endpoint))")
  }

  @Test func disconnectingFromNowhereIsNotFound() throws {
    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    #expect(refusal { () throws(ZMQError) in try socket.disconnect("tcp://127.0.0.1:1") }?.code == .notFound)
    #expect(refusal { () throws(ZMQError) in try socket.unbind("tcp://127.0.0.1:1") }?.code == .notFound)
  }

  @Test func readinessIsToldWithoutWaiting() throws {
    let pair = try Pair(.pull, .push)
    #expect(try pair.bound.hasInput() == false)
    #expect(try send([[1]], to: pair.connected) == .sent)
    try awaitInput(pair.bound)
    #expect(try pair.bound.hasInput() == true)
    #expect(try pair.bound.events() == .readable)
    #expect(try receiveParts(pair.bound) == [[1]])
    #expect(try pair.bound.hasInput() == false)
  }

  @Test func requestOutOfTurnIsAWrongState() throws {
    let pair = try Pair(.rep, .req)
    #expect(try send([[1]], to: pair.connected) == .sent)
    let error = refusal { () throws(ZMQError) in _ = try pair.connected.send(pattern(2).span.bytes) }
    #expect(error?.code == .wrongState)
    #expect(try receiveParts(pair.bound) == [[1]])
    #expect(try send([[3]], to: pair.bound) == .sent)
    #expect(try receiveParts(pair.connected) == [[3]])
  }

  @Test func subscribersGetWhatTheyAskedFor() throws {
    let options = SocketOptions { $0.subscriptions = [Array("worker.".utf8)] }
    let pair = try Pair(.xpub, .sub, connectedOptions: options)
    #expect(try receiveParts(pair.bound) == [[1] + Array("worker.".utf8)])
    try pair.connected.subscribe(to: Array("job.".utf8))
    #expect(try receiveParts(pair.bound) == [[1] + Array("job.".utf8)])

    for topic in ["model.a", "job.b", "worker.c"] { #expect(try send([Array(topic.utf8)], to: pair.bound) == .sent) }
    #expect(try receiveParts(pair.connected) == [Array("job.b".utf8)])
    #expect(try receiveParts(pair.connected) == [Array("worker.c".utf8)])

    try pair.connected.unsubscribe(from: Array("worker.".utf8))
    #expect(try receiveParts(pair.bound) == [[0] + Array("worker.".utf8)])
  }

  @Test(
    arguments: [
      (Socket.Kind.pub, Socket.Kind.sub), (.xpub, .xsub), (.router, .req), (.rep, .dealer), (.pair, .pair),
    ]
  )
  func everyKindTalksToItsCounterpart(bound: Socket.Kind, connected: Socket.Kind) throws {
    let name = "inproc://\(bound)-\(connected)"
    let subscribed = SocketOptions { if connected == .sub { $0.subscriptions = [[]] } }
    let pair = try Pair(bound, connected, over: name, connectedOptions: subscribed)
    switch bound {
    case .pub, .xpub:
      if connected == .xsub { #expect(try send([[1]], to: pair.connected) == .sent) }
      var poller = Poller(capacity: 1)
      _ = poller.add(pair.connected)
      for _ in 0..<patience where try pair.connected.hasInput() == false {
        #expect(try send([[5]], to: pair.bound) == .sent)
        try poller.wait(milliseconds: 1)
      }
      #expect(try receiveParts(pair.connected) == [[5]])
    case .rep:
      #expect(try send([[], [5]], to: pair.connected) == .sent)
      #expect(try receiveParts(pair.bound) == [[5]])
    default:
      #expect(try send([[5]], to: pair.connected) == .sent)
      #expect(try receiveParts(pair.bound).last == [5])
    }
  }

  @Test func proxyPassesRequestsAndRepliesUntilTheContextEnds() async throws {
    let context = try Context()
    let silent = SocketOptions { $0.routerMandatory = false }
    let frontend = try Socket(.router, in: context, options: silent)
    let backend = try Socket(.dealer, in: context)
    try frontend.bind("tcp://127.0.0.1:*")
    try backend.bind("tcp://127.0.0.1:*")
    let client = try Socket(.req, in: context)
    let server = try Socket(.rep, in: context)
    try client.connect(try frontend.lastEndpoint())
    try server.connect(try backend.lastEndpoint())

    let proxy = try LoopThread(name: "proxy", handing: Both(frontend, backend)) { sockets in
      try Socket.proxy(frontend: sockets.first, backend: sockets.second)
    }
    for number in UInt8(0)..<20 {
      #expect(try send([[number], pattern(50)], to: client) == .sent)
      #expect(try receiveParts(server) == [[number], pattern(50)])
      #expect(try send([[number, number]], to: server) == .sent)
      #expect(try receiveParts(client) == [[number, number]])
    }
    context.shutdown()
    try await proxy.value
  }
}

/// Two sockets on their way to a thread.
private struct Both: ~Copyable {
  let first: Socket
  let second: Socket

  init(_ first: consuming sending Socket, _ second: consuming sending Socket) {
    self.first = first
    self.second = second
  }
}
