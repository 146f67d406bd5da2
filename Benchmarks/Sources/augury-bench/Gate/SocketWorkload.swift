import QueueCore
import ZeroMQ

/// A request's way through two ROUTER sockets and the arena, as in the broker, between a client's and a worker's
/// DEALER. All in one thread and in memory, so that libzmq's share is counted too and no other thread takes part.
final class SocketWorkload: GateWorkload {
  let unitsPerPass = 1
  private let frontend: Socket
  private let backend: Socket
  private let client: Socket
  private let worker: Socket
  private var arena = MessageArena(limit: 1024)
  private let payload = [UInt8](repeating: 0x61, count: 256)
  private let header = [UInt8](repeating: 0x62, count: 32)

  init() throws {
    let context = try Context()
    self.frontend = try Socket(.router, in: context)
    self.backend = try Socket(.router, in: context)
    try self.frontend.bind("inproc://frontend")
    try self.backend.bind("inproc://backend")
    self.client = try Self.dealer("inproc://frontend", in: context)
    self.worker = try Self.dealer("inproc://backend", in: context)
  }

  private static func dealer(_ endpoint: String, in context: Context) throws -> Socket {
    let socket = try Socket(.dealer, in: context)
    try socket.connect(endpoint)
    return socket
  }

  func pass() throws -> UInt64 {
    let header = self.header
    // The worker's routing id must be known before anything can be sent to it; as in a heartbeat.
    try self.send(self.header, then: nil, on: self.worker)
    let member = try self.receive(self.backend)
    try self.send(self.header, then: self.payload, on: self.client)
    let request = try self.receive(self.frontend)
    guard let body = self.arena.split(request, after: 2) else { throw BenchError("a request has no payload") }
    _ = try self.arena.send(member, to: self.backend, more: true)
    _ = try self.backend.send(header.span.bytes, more: true)
    _ = try self.arena.sendCopy(body, to: self.backend, more: false)
    self.arena.release(try self.receive(self.worker))
    try self.send(self.header, then: self.payload, on: self.worker)
    let result = try self.receive(self.backend)
    guard let answer = self.arena.split(result, after: 2) else { throw BenchError("a result has no payload") }
    _ = try self.arena.send(request, to: self.frontend, more: true)
    _ = try self.frontend.send(header.span.bytes, more: true)
    _ = try self.arena.send(answer, to: self.frontend, more: false)
    let reply = try self.receive(self.client)
    guard let last = self.arena.next(after: reply) else { throw BenchError("a reply has no payload") }
    let bytes = self.arena.byteCount(of: last)
    for part in [member, request, body, result, answer, reply] { self.arena.release(part) }
    guard bytes == self.payload.count, self.arena.count == 0 else { throw BenchError("parts were lost on the way") }
    return UInt64(bytes)
  }

  private func send(_ header: [UInt8], then payload: [UInt8]?, on socket: borrowing Socket) throws {
    guard try socket.send(header.span.bytes, more: payload != nil) == .sent else {
      throw BenchError("nothing was sent")
    }
    if let payload { _ = try socket.send(payload.span.bytes) }
  }

  private func receive(_ socket: borrowing Socket) throws -> PartRef {
    guard case .message(let message) = try self.arena.receive(from: socket, maxParts: 8) else {
      throw BenchError("a message did not arrive")
    }
    return message.first
  }
}
