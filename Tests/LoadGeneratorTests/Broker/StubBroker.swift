import QueueCore
import Synchronization
import ZeroMQ

/// A broker for one test: a ROUTER on a thread of its own that answers each request as it is told.
final class StubBroker: Sendable {
  /// What a request is answered with; nil for nothing. The number counts requests from 1.
  typealias Script = @Sendable (_ number: Int, _ request: Heard) -> Answer?

  enum Answer {
    case ok
    case refused(StatusCode, ErrorDetail)
  }

  /// What a request said.
  struct Heard: Sendable, Equatable {
    var client: [UInt8]
    var model: String
    var selector: String
    var requestClass: RequestClass
    var contentType: ContentType
    var timeoutMicroseconds: Int64
    var parts: [[UInt8]]
  }

  private final class Log: Sendable {
    let requests = Mutex<[Heard]>([])
  }

  let endpoint: String
  private let log = Log()
  private let orders: Mailbox<Void>

  init(script: @escaping Script = { _, _ in .ok }) throws {
    var options = SocketOptions()
    options.routerMandatory = false
    options.sendHighWaterMark = 0
    options.receiveHighWaterMark = 0
    let socket = try Socket(.router, in: Context(), options: options)
    try socket.bind("tcp://127.0.0.1:*")
    self.endpoint = try socket.lastEndpoint()
    let orders = try Mailbox<Void>()
    self.orders = orders
    let log = self.log
    _ = try LoopThread(name: "stub-broker", handing: socket) { socket in
      var poller = Poller(capacity: 2)
      _ = poller.add(socket)
      _ = poller.add(fileDescriptor: orders.fileDescriptor)
      while !orders.isClosed {
        try poller.wait(milliseconds: nil)
        while let message = try socket.receiveFrames(maxParts: 64) {
          try Self.answer(message.frames, through: socket, log, script)
        }
      }
    }
  }

  deinit { self.orders.close() }

  /// All requests so far.
  var requests: [Heard] { self.log.requests.withLock { $0 } }

  private static func answer(
    _ frames: [Frame], through socket: borrowing Socket, _ log: Log, _ script: Script
  ) throws {
    let header = frames[1]
    if let ping = try? PingHeader(decoding: header.bytes) {
      let pong = PingHeader(nonce: ping.nonce, instance: 7).encoded.array
      _ = try socket.send([frames[0], try Frame(copying: pong.span.bytes)])
      return
    }
    guard let request = try? RequestHeader(decoding: header.bytes) else { return }
    let heard = Heard(
      client: frames[0].withUnsafeBytes { Array($0) }, model: Self.text(request.model, in: header.bytes),
      selector: Self.text(request.selector, in: header.bytes), requestClass: request.requestClass,
      contentType: request.contentType, timeoutMicroseconds: request.timeoutMicroseconds,
      parts: frames.dropFirst(2).map { frame in frame.withUnsafeBytes { Array($0) } })
    let number = log.requests.withLock { all in
      all.append(heard)
      return all.count
    }
    guard let answer = script(number, heard) else { return }
    let content: [UInt8]
    let reply: ReplyHeader
    switch answer {
    case .ok:
      content = Array("{}".utf8)
      reply = ReplyHeader(request: request.request, status: .ok, contentType: .json, parts: 1)
    case .refused(let status, let detail):
      content = detail.encoded
      reply = ReplyHeader(request: request.request, status: status, parts: 1)
    }
    let parts = [reply.encoded.array, content]
    _ = try socket.send([frames[0]] + parts.map { try Frame(copying: $0.span.bytes) })
  }

  private static func text(_ range: ByteRange, in header: RawSpan) -> String {
    range.bytes(in: header).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
