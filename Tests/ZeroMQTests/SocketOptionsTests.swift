import CZMQ
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct SocketOptionsTests {
  @Test func everyOptionIsAccepted() throws {
    let options = SocketOptions {
      $0.linger = .milliseconds(10)
      $0.sendHighWaterMark = 5
      $0.receiveHighWaterMark = 0
      $0.maxMessageSize = 8 << 20
      $0.routerMandatory = true
      $0.routerHandover = true
      $0.routingID = [1, 2, 3]
      $0.sendTimeout = .seconds(1)
      $0.receiveTimeout = .seconds(2)
      $0.handshakeInterval = .seconds(3)
      $0.connectTimeout = .seconds(4)
      $0.reconnectInterval = .milliseconds(50)
      $0.reconnectIntervalMax = .seconds(5)
      $0.immediate = true
      $0.backlog = 1000
      $0.ipv6 = true
      $0.sendBufferSize = 1 << 16
      $0.receiveBufferSize = 1 << 16
      $0.tcpKeepalive = SocketOptions.TCPKeepalive(idleSeconds: 30, intervalSeconds: 5, count: 3)
      $0.heartbeatInterval = .seconds(1)
      $0.heartbeatTimeout = .seconds(3)
      $0.heartbeatTimeToLive = .seconds(3)
    }
    let context = try Context()
    let router = try Socket(.router, in: context, options: options)
    #expect(try router.handle.get(ZMQ_LINGER, "") == 10)
    #expect(try router.handle.get(ZMQ_SNDHWM, "") == 5)
    #expect(try router.handle.get(ZMQ_RCVHWM, "") == 0)
    #expect(try router.handle.get(ZMQ_RCVTIMEO, "") == 2000)
    #expect(try router.handle.get(ZMQ_RECONNECT_IVL, "") == 50)
    let others = SocketOptions {
      $0 = options
      $0.subscriptions = [[], [1]]
    }
    _ = try Socket(.sub, in: context, options: others)
  }

  @Test func lingerIsZeroUnlessAskedForOtherwise() throws {
    let context = try Context()
    let standard = try Socket(.push, in: context)
    #expect(try standard.handle.get(ZMQ_LINGER, "") == 0)
    let forEver = try Socket(.push, in: context, options: SocketOptions { $0.linger = nil })
    #expect(try forEver.handle.get(ZMQ_LINGER, "") == -1)
  }

  @Test func timesAreCountedInMillisecondsAndRoundedUp() throws {
    let context = try Context()
    for (duration, milliseconds) in [
      (Duration.seconds(3), Int32(3000)), (.milliseconds(7), 7), (.microseconds(2500), 3), (.nanoseconds(1), 1),
      (.zero, 0),
    ] {
      let socket = try Socket(.push, in: context, options: SocketOptions { $0.linger = duration })
      #expect(try socket.handle.get(ZMQ_LINGER, "") == milliseconds)
    }
  }

  @Test(
    arguments: [
      ("linger", SocketOptions { $0.linger = .milliseconds(-5) }),
      ("sendTimeout", SocketOptions { $0.sendTimeout = .seconds(86_400 * 365) }),
      ("sendHighWaterMark", SocketOptions { $0.sendHighWaterMark = -1 }),
      ("receiveHighWaterMark", SocketOptions { $0.receiveHighWaterMark = 1 << 40 }),
      ("maxMessageSize", SocketOptions { $0.maxMessageSize = -1 }),
      ("routingID", SocketOptions { $0.routingID = [] }),
      ("routingID", SocketOptions { $0.routingID = Array(repeating: 1, count: 256) }),
      ("subscriptions", SocketOptions { $0.subscriptions = [[1]] }),
    ]
  )
  func optionOutOfRangeIsRefusedByName(name: String, options: SocketOptions) throws {
    let context = try Context()
    let error = refusal { () throws(ZMQError) in _ = try Socket(.dealer, in: context, options: options) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.call.contains(name) == true)
  }

  @Test func peerThatSendsTooMuchIsDisconnected() throws {
    let limited = SocketOptions { $0.maxMessageSize = 1000 }
    let fast = SocketOptions { $0.reconnectInterval = .milliseconds(1) }
    let pair = try Pair(.router, .dealer, boundOptions: limited, connectedOptions: fast)
    #expect(try send([pattern(1000)], to: pair.connected) == .sent)
    let before = try receiveParts(pair.bound)
    #expect(before[1] == pattern(1000))

    #expect(try send([pattern(1001)], to: pair.connected) == .sent)
    var poller = Poller(capacity: 1)
    _ = poller.add(pair.bound)
    for _ in 0..<patience {
      #expect(try send([[1]], to: pair.connected) == .sent)
      if try poller.wait(milliseconds: 20) == 1 { break }
    }
    // The large message never arrives; small ones do, from a peer that had to connect anew.
    let after = try receiveParts(pair.bound)
    #expect(after[1] == [1])
    #expect(after[0] != before[0])
  }
}
