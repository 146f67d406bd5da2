import ArgumentParser
import QueueCore
import ZeroMQ

/// A client that keeps a number of requests outstanding and counts replies.
struct ClientPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "client", shouldDisplay: false)

  @Option var connect: String
  @Option var outstanding = 32
  @Option var size = 256
  @Option var warmUp = 0.5
  @Option var seconds = 2.0
  /// Requests that share a message at most.
  @Option var unitsPerMessage = 64
  /// Times every request; only with one outstanding.
  @Flag var timed = false
  /// Ends after so many replies, if that is before the time is over.
  @Option var requests = Int.max

  func run() throws {
    let context = try Context(zeroCopyReceive: true)
    let socket = try Socket(.dealer, in: context)
    try socket.connect(self.connect)
    var arena = MessageArena(limit: 4096)
    var poller = Poller(capacity: 1)
    _ = poller.add(socket)
    let payload = [UInt8](repeating: 0x61, count: self.size)
    var next: UInt64 = 0
    for _ in 0..<self.outstanding { try self.send(1, &next, payload, on: socket) }
    let begin = MonotonicClock.nanoseconds + UInt64(self.warmUp * 1e9)
    let end = begin + UInt64(self.seconds * 1e9)
    var counted = 0
    var latencies: [UInt64] = []
    var sentAt = MonotonicClock.nanoseconds
    var now = sentAt
    while now < end, counted < self.requests {
      try poller.wait(untilNanoseconds: end, now: now)
      now = MonotonicClock.nanoseconds
      var received = 0
      while received < 256, case .message(let message) = try arena.receive(from: socket, maxParts: 1024) {
        let replies = try self.countReplies(arena, message)
        arena.release(message.first)
        received += replies
        if self.timed, replies > 0 {
          let repliedAt = MonotonicClock.nanoseconds
          if now >= begin { latencies.append(repliedAt - sentAt) }
          sentAt = repliedAt
        }
        // What one message has freed goes out together, as the client library does it.
        var left = replies
        while left > 0 {
          let units = min(left, self.unitsPerMessage)
          try self.send(units, &next, payload, on: socket)
          left -= units
        }
      }
      if now >= begin { counted += received }
    }
    let median = latencies.isEmpty ? 0 : Double(latencies.sorted()[latencies.count / 2]) / 1e3
    print(ClientCount(replies: counted, seconds: Double(end - begin) / 1e9, medianMicroseconds: median).line)
  }

  /// Sends so many requests as units of one message.
  private func send(_ units: Int, _ next: inout UInt64, _ payload: [UInt8], on socket: borrowing Socket) throws {
    for unit in 1...units {
      next += 1
      let header = RequestHeader.encode(
        request: RequestID(next), timeoutMicroseconds: RequestHeader.noTimeout, requestClass: .online,
        contentType: .octets, parts: 1, model: "echo", selector: "")
      guard try socket.send(header.span.bytes, more: true, wait: true) == .sent,
        try socket.send(payload.span.bytes, more: unit < units, wait: true) == .sent
      else { throw BenchError("a request could not be sent") }
    }
  }

  /// One message may hold several replies; what came back over the bare wire is the request itself. Every reply must
  /// end with the payload that was sent.
  private func countReplies(_ arena: borrowing MessageArena, _ message: ReceivedMessage) throws -> Int {
    var replies = 0
    var unit: PartRef? = message.first
    while let header = unit {
      let prefix = try Prefix(decoding: arena.bytes(of: header))
      var last = header
      for _ in 0..<prefix.parts {
        guard let part = arena.next(after: last) else { throw BenchError("a reply ends too early") }
        last = part
      }
      guard arena.byteCount(of: last) == self.size else {
        throw BenchError("a reply has \(arena.byteCount(of: last)) bytes, sent were \(self.size)")
      }
      replies += 1
      unit = arena.next(after: last)
    }
    return replies
  }
}

/// A measurement that could not be made.
struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
