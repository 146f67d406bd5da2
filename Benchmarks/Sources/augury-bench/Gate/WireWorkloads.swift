import QueueCore

/// The headers of one request on its way, as bytes.
private struct WireHeaders {
  let request = RequestHeader.encode(
    request: RequestID(7), timeoutMicroseconds: 250_000, requestClass: .online, contentType: .tensors, parts: 2,
    model: "digits", selector: "2", routingKey: Array("customer-4711".utf8))
  let work = WorkHeader(
    work: WorkID(7), remainingMicroseconds: 240_000, attempt: 1, requestClass: .online, contentType: .tensors, parts: 2)
  let result = ResultHeader(
    work: WorkID(7), session: SessionID(9), attempt: 1, status: .ok, contentType: .tensors, parts: 3,
    queueMicroseconds: 12, computeMicroseconds: 80)
  let reply = ReplyHeader(
    request: RequestID(7), status: .ok, contentType: .tensors, attempts: 1, hasOrigin: true, parts: 4,
    queueMicroseconds: 30, computeMicroseconds: 80, number: 4711)
}

/// Reads the headers that a request causes: REQUEST, WORK, RESULT and REPLY.
final class WireDecodeWorkload: GateWorkload {
  let unitsPerPass = 1
  private let request: [UInt8]
  private let work: [UInt8]
  private let result: [UInt8]
  private let reply: [UInt8]

  init() {
    let headers = WireHeaders()
    self.request = headers.request
    self.work = headers.work.encoded.array
    self.result = headers.result.encoded.array
    self.reply = headers.reply.encoded.array
  }

  func pass() throws -> UInt64 {
    let (requestBytes, workBytes, resultBytes, replyBytes) = (self.request, self.work, self.result, self.reply)
    let request = try RequestHeader(decoding: requestBytes.span.bytes)
    let key = RoutingKey(request.routingKey.bytes(in: requestBytes.span.bytes))
    let work = try WorkHeader(decoding: workBytes.span.bytes)
    let result = try ResultHeader(decoding: resultBytes.span.bytes)
    let reply = try ReplyHeader(decoding: replyBytes.span.bytes)
    return key.digest &+ request.request.rawValue &+ work.work.rawValue &+ UInt64(result.computeMicroseconds)
      &+ reply.number
  }
}

/// Writes the headers that the broker and a worker write for a request: WORK, RESULT and REPLY.
final class WireEncodeWorkload: GateWorkload {
  let unitsPerPass = 1
  private var headers = (WireHeaders().work, WireHeaders().result, WireHeaders().reply)

  func pass() throws -> UInt64 {
    self.headers.0.remainingMicroseconds &+= 1
    self.headers.1.queueMicroseconds &+= 1
    self.headers.2.number &+= 1
    return Self.sum(self.headers.0.encoded.bytes) &+ Self.sum(self.headers.1.encoded.bytes)
      &+ Self.sum(self.headers.2.encoded.bytes)
  }

  private static func sum(_ header: RawSpan) -> UInt64 {
    UInt64(header.byteCount) &+ UInt64(header.unsafeLoad(fromByteOffset: header.byteCount - 1, as: UInt8.self))
  }
}
