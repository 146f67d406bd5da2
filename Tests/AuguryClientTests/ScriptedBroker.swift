import QueueCore
import ZeroMQ

/// A broker for one test: a ROUTER on a thread of its own that notes what it hears and answers as it is told.
final class ScriptedBroker: Sendable {
  /// A message to a client: the parts of one unit, or of several.
  typealias Message = [[UInt8]]
  /// What to answer to a unit at once; PINGs are answered by the broker itself.
  typealias Script = @Sendable (HeardUnit) -> [Message]

  private struct Order: Sendable {
    var message: Message
    var client: Frame
  }

  /// Where it listens.
  let endpoint: String
  /// What it has heard.
  let log = HeardLog()
  private let orders: Mailbox<Order>
  private let thread: LoopThread<Void>

  /// Listens, by default on a port of the system's choice. A broker without an instance answers no PING.
  init(
    endpoint: String = "tcp://127.0.0.1:*", instance: UInt64? = 1, script: @escaping Script = { _ in [] }
  ) throws {
    var options = SocketOptions()
    options.routerMandatory = false
    options.sendHighWaterMark = 0
    let socket = try Socket(.router, in: Context(), options: options)
    try socket.bind(endpoint)
    self.endpoint = try socket.lastEndpoint()
    let orders = try Mailbox<Order>()
    self.orders = orders
    let log = self.log
    self.thread = try LoopThread(name: "scripted-broker", handing: socket) { socket in
      try Self.run(socket, orders: orders, log: log, instance: instance, script: script)
    }
  }

  deinit {
    self.orders.close()
  }

  /// Sends a message to a client of its own accord.
  func send(_ message: Message, to client: Frame) {
    _ = self.orders.post(Order(message: message, client: client))
  }

  /// Stops listening; its port is free afterwards.
  func stop() async {
    self.orders.close()
    _ = try? await self.thread.value
  }

  private static func run(
    _ socket: consuming Socket, orders: Mailbox<Order>, log: HeardLog, instance: UInt64?, script: Script
  ) throws {
    var poller = Poller(capacity: 2)
    _ = poller.add(socket)
    _ = poller.add(fileDescriptor: orders.fileDescriptor)
    var batch: [Order] = []
    while true {
      try poller.wait(milliseconds: nil)
      while let message = try socket.receiveFrames(maxParts: 4096) {
        for unit in HeardUnit.units(of: message.frames) {
          let answers = unit.command == .ping ? Self.pong(unit, instance) : script(unit)
          log.append(unit)
          for answer in answers { try Self.send(answer, to: unit.client, through: socket) }
        }
      }
      let isLast = orders.isClosed
      orders.drain(into: &batch)
      for order in batch { try Self.send(order.message, to: order.client, through: socket) }
      if isLast { return }
    }
  }

  private static func pong(_ unit: HeardUnit, _ instance: UInt64?) -> [Message] {
    guard let instance, let ping = try? PingHeader(decoding: unit.header.span.bytes) else { return [] }
    return [[PingHeader(nonce: ping.nonce, instance: instance).encoded.array]]
  }

  private static func send(_ message: Message, to client: Frame, through socket: borrowing Socket) throws {
    let frames = try message.map { bytes in try Frame(copying: bytes.span.bytes) }
    _ = try socket.send([client] + frames)
  }
}
