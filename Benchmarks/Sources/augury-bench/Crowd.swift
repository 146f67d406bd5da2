import Dispatch
import QueueCore
import ZeroMQ

/// Members and connections that do nothing: workers of another model that only beat, clients that sent one ping.
final class Crowd: Sendable {
  /// How often an idle member beats. Slow, so that the crowd's own work does not drown what is measured.
  private static let beatMilliseconds: UInt32 = 5000

  private let mailbox: Mailbox<Never>

  /// Returns once every member is ready and every connection has had its answer. Members have numbers from `firstName`
  /// on in their names.
  init(frontend: String, backend: String, workers: Int, clients: Int, firstName: Int = 0) throws {
    let mailbox = try Mailbox<Never>()
    self.mailbox = mailbox
    OpenFiles.raiseLimit()
    let isComplete = DispatchSemaphore(value: 0)
    _ = try LoopThread<Void>(name: "crowd") {
      let context = try Context(maxSockets: workers + clients + 16, zeroCopyReceive: true)
      let members = try (0..<workers).map { try Member(backend, name: "idle-\(firstName + $0)", in: context) }
      let connections = try (0..<clients).map { _ in try Connection(frontend, in: context) }
      for connection in connections { try connection.awaitPong() }
      for member in members { try member.becomeReady() }
      isComplete.signal()
      var poller = Poller(capacity: 1)
      _ = poller.add(fileDescriptor: mailbox.fileDescriptor)
      while !mailbox.isClosed {
        for member in members { try member.beat() }
        try poller.wait(milliseconds: Int(Self.beatMilliseconds))
      }
    }
    isComplete.wait()
  }

  func end() { self.mailbox.close() }

  private final class Member {
    private let socket: Socket
    private var session = SessionID(0)

    init(_ endpoint: String, name: String, in context: Context) throws {
      self.socket = try Socket(.dealer, in: context)
      try self.socket.connect(endpoint)
      let join = JoinHeader(
        heartbeatMilliseconds: Crowd.beatMilliseconds, liveness: 10, processID: 1, model: "idle", version: "1",
        name: name, host: "bench", engine: "none")
      _ = try self.socket.send(join.encoded.span.bytes, wait: true)
    }

    func becomeReady() throws {
      while self.session.rawValue == 0 {
        guard let message = try self.socket.receiveFrames(maxParts: 8, wait: true) else { continue }
        let header = message.frames[0]
        guard try Prefix(decoding: header.bytes).command == .welcome else { continue }
        self.session = try WelcomeHeader(decoding: header.bytes).session
      }
      let ready = ReadyHeader(
        session: self.session, credit: 16, bulkCredit: 0, maxBatchSize: 1, loadMilliseconds: 0, digest: [])
      _ = try self.socket.send(ready.encoded.span.bytes, more: true, wait: true)
      _ = try self.socket.send("{}".utf8.span.bytes, wait: true)
    }

    func beat() throws {
      _ = try self.socket.send(SessionHeader(.heartbeat, session: self.session).encoded.bytes, wait: true)
      while try self.socket.receiveFrames(maxParts: 8) != nil {}
    }
  }

  private final class Connection {
    private let socket: Socket

    init(_ endpoint: String, in context: Context) throws {
      self.socket = try Socket(.dealer, in: context)
      try self.socket.connect(endpoint)
      _ = try self.socket.send(PingHeader(nonce: 1).encoded.bytes, wait: true)
    }

    func awaitPong() throws {
      guard try self.socket.receiveFrames(maxParts: 8, wait: true) != nil else {
        throw BenchError("a connection was not answered")
      }
    }
  }
}
