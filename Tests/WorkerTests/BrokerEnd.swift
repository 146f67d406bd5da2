import Inference
import Logging
import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// The broker's end of a worker's connection, played by a test: a ROUTER in the same process.
final class BrokerEnd {
  private let socket: Socket
  let endpoint: String
  private var peer: Frame?
  private var waiting: [Unit] = []

  /// A header part with its payload parts.
  struct Unit {
    var command: Command
    var header: Frame
    var parts: [Frame]
  }

  private init(_ socket: consuming Socket, at endpoint: String) {
    self.socket = socket
    self.endpoint = endpoint
  }

  /// Listens on a port of the system's choice.
  static func listening(in context: Context) throws -> BrokerEnd {
    // What is said last must have time to arrive.
    let socket = try Socket(.router, in: context, options: SocketOptions { $0.linger = .seconds(5) })
    try socket.bind("tcp://127.0.0.1:*")
    let endpoint = try socket.lastEndpoint()
    return BrokerEnd(socket, at: endpoint)
  }

  /// The next unit of this kind; others are passed over. Throws if none comes in time.
  func next(_ command: Command) throws -> Unit {
    while true {
      while !self.waiting.isEmpty {
        let unit = self.waiting.removeFirst()
        if unit.command == command { return unit }
      }
      guard try self.waitForMessage() else { throw Missing(command: command) }
      if let message = try self.socket.receiveFrames(maxParts: 1024) { try self.take(message.frames) }
    }
  }

  private func waitForMessage() throws -> Bool {
    var poller = Poller(capacity: 1)
    _ = poller.add(self.socket)
    return try poller.wait(milliseconds: 30_000) > 0
  }

  private func take(_ frames: [Frame]) throws {
    self.peer = frames[0]
    var rest = frames.dropFirst()
    while let header = rest.popFirst() {
      let prefix = try Prefix(decoding: header.bytes)
      let parts = Int(prefix.parts)
      self.waiting.append(Unit(command: prefix.command, header: header, parts: Array(rest.prefix(parts))))
      rest = rest.dropFirst(parts)
    }
  }

  struct Missing: Error {
    var command: Command
  }

  /// Sends a unit to whoever was heard last.
  func send(_ header: [UInt8], _ parts: [String] = []) throws {
    guard let peer = self.peer else { throw Missing(command: .join) }
    let frames = [peer, try Frame.of(header)] + (try parts.map { try Frame.of(Array($0.utf8)) })
    let result = try self.socket.send(frames)
    #expect(result == .sent)
  }

  /// Answers the next JOIN, waits for READY.
  func welcome(_ session: UInt32, heartbeatMilliseconds: UInt32 = 60_000) throws -> ReadyHeader {
    _ = try self.next(.join)
    try self.send(
      WelcomeHeader(session: SessionID(session), heartbeatMilliseconds: heartbeatMilliseconds, liveness: 3)
        .encoded.array)
    let header = try self.next(.ready).header
    return try ReadyHeader(decoding: header.bytes)
  }

  func work(
    _ number: UInt64, _ content: String, as contentType: ContentType = .octets,
    class requestClass: RequestClass = .online
  ) throws {
    let header = WorkHeader(
      work: WorkID(number), remainingMicroseconds: RequestHeader.noTimeout, attempt: 1, requestClass: requestClass,
      contentType: contentType, parts: 1)
    try self.send(header.encoded.array, [content])
  }

  func result() throws -> (header: ResultHeader, parts: [Frame]) {
    let unit = try self.next(.result)
    let header = unit.header
    return (try ResultHeader(decoding: header.bytes), unit.parts)
  }

  /// What the next heartbeat tells.
  func figures() throws -> WorkerFigures {
    let part = try self.next(.heartbeat).parts[0]
    return try WorkerFigures(decoding: part.bytes)
  }

  /// Has the worker finish and leave.
  func dismiss(_ session: UInt32) throws {
    try self.send(SessionHeader(.drain, session: SessionID(session)).encoded.array)
    _ = try self.next(.goodbye)
  }
}
