import Glibc
import QueueCore
import ZeroMQ

/// A client of one connection that keeps 32 requests of a scenario outstanding.
final class ScenarioClient {
  private static let outstanding = 32
  /// Times that a call is tried, 20 ms apart.
  private static let patience = 250

  private let scenario: AllocationScenario
  private let socket: Socket
  private let parts: [[UInt8]]
  private var next: UInt64 = 0

  init(_ scenario: AllocationScenario, broker: String) throws {
    self.scenario = scenario
    self.parts = scenario.parts.map { [UInt8](repeating: 0x61, count: $0) }
    self.socket = try Socket(
      .dealer, in: Context(),
      options: SocketOptions {
        $0.routingID = scenario.routingID
        // A broker that does not answer must not hold up whoever counts.
        $0.receiveTimeout = .seconds(30)
      })
    try self.socket.connect(broker)
  }

  /// Sets the broker up for the scenario. Throws ``BenchError`` if it does not do as it is told.
  func prepare() throws {
    for (method, arguments) in self.scenario.calls {
      var failure: String? = "nothing"
      for _ in 0..<Self.patience {
        failure = try self.call(method, arguments)
        if failure == nil { break }
        // A version is known to the services a moment after its worker is ready.
        _ = poll(nil, 0, 20)
      }
      if let failure { throw BenchError("\(method) was refused: \(failure)") }
    }
  }

  /// Asks the broker itself; returns why it does not do so, if it does not.
  private func call(_ method: String, _ arguments: String) throws -> String? {
    self.next += 1
    let header = ControlHeader(request: RequestID(self.next), method: method).encoded
    _ = try self.socket.send(header.span.bytes, more: true, wait: true)
    _ = try self.socket.send(arguments.utf8.span.bytes, wait: true)
    let frames = try self.receive()
    let frame = frames[0]
    let reply = try ReplyHeader(decoding: frame.bytes)
    guard reply.status != .ok else { return nil }
    let words = frames.dropFirst().first?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    return "\(reply.status.name) \(words ?? "")"
  }

  /// Sends so many requests and waits for the answers to all of them.
  func run(requests: Int) throws {
    var sent = 0
    var answered = 0
    while answered < requests {
      while sent < requests, sent - answered < Self.outstanding {
        try self.send()
        sent += 1
      }
      answered += try self.countReplies(self.receive())
    }
  }

  private func send() throws {
    self.next += 1
    let header = RequestHeader.encode(
      request: RequestID(self.next), timeoutMicroseconds: self.scenario.timeoutMicroseconds,
      requestClass: self.scenario.requestClass, contentType: self.scenario.contentType, parts: self.parts.count,
      model: "echo", selector: self.scenario.selector, routingKey: Array(self.scenario.routingKey.utf8))
    _ = try self.socket.send(header.span.bytes, more: true, wait: true)
    for (index, part) in self.parts.enumerated() {
      _ = try self.socket.send(part.span.bytes, more: index + 1 < self.parts.count, wait: true)
    }
  }

  private func receive() throws -> [Frame] {
    guard let message = try self.socket.receiveFrames(maxParts: 1024, wait: true) else {
      throw BenchError("scenario \(self.scenario.name): the broker does not answer")
    }
    return message.frames
  }

  /// Replies of one message, each of which must be what the scenario expects.
  private func countReplies(_ frames: [Frame]) throws -> Int {
    var rest = frames[...]
    var replies = 0
    while let header = rest.popFirst() {
      let reply = try ReplyHeader(decoding: header.bytes)
      guard (reply.status == .ok) != self.scenario.isRefused, reply.parts <= rest.count else {
        throw BenchError("scenario \(self.scenario.name): a request ended as \(reply.status.name)")
      }
      rest = rest.dropFirst(reply.parts)
      replies += 1
    }
    return replies
  }
}
