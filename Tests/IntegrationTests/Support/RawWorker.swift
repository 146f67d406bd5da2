import QueueCore
import Testing

/// A worker of our own that does as it is told, right or wrong.
///
/// It answers the broker's heartbeats with its own while a test waits for something, and only then.
final class RawWorker {
  let peer: RawPeer
  /// The session that the broker gave it.
  private(set) var session = SessionID(0)
  private let model: String
  private let version: String
  private let name: String

  /// Connects; says nothing yet.
  init(to backend: String, name: String, model: String = "echo", version: String = "1") throws {
    self.peer = try RawPeer(to: backend)
    self.model = model
    self.version = version
    self.name = name
  }

  /// JOIN, and waits for WELCOME. By default it may be silent for long.
  func join(heartbeatMilliseconds: UInt32 = 10_000, liveness: UInt8 = 3) async throws {
    let join = JoinHeader(
      heartbeatMilliseconds: heartbeatMilliseconds, liveness: liveness, processID: 1, model: self.model,
      version: self.version, name: self.name, host: "test", engine: "raw")
    try self.peer.send(join.encoded)
    let welcome = try await self.peer.receive(.welcome)
    self.session = try WelcomeHeader(decoding: welcome.header.span.bytes).session
  }

  /// READY.
  func ready(credit: UInt16 = 8, bulkCredit: UInt16 = 1) throws {
    let ready = ReadyHeader(
      session: self.session, credit: credit, bulkCredit: bulkCredit, maxBatchSize: 1, loadMilliseconds: 0, digest: [])
    try self.peer.send(ready.encoded, Array(#"{"inputs":[],"outputs":[]}"#.utf8))
  }

  /// JOIN and READY.
  func serve(credit: UInt16 = 8) async throws {
    try await self.join()
    try self.ready(credit: credit)
  }

  /// Says that it is there.
  func beat() throws {
    try self.peer.send(SessionHeader(.heartbeat, session: self.session).encoded.array)
  }

  /// Says goodbye.
  func leave() throws {
    try self.peer.send(SessionHeader(.goodbye, session: self.session).encoded.array)
  }

  /// Waits for the next piece of work; beats meanwhile.
  func work() async throws -> (header: WorkHeader, payload: [[UInt8]]) {
    let unit = try await self.next { $0.command == .work }
    return (try unit.work(), unit.payload)
  }

  /// Waits for DISCONNECT; beats meanwhile.
  func disconnect() async throws -> DisconnectHeader {
    try await self.next { $0.command == .disconnect }.disconnect()
  }

  /// Answers a piece of work with these parts, in the words of another session, work or attempt if told so.
  func answer(
    _ work: WorkHeader, with parts: [[UInt8]], status: StatusCode = .ok, session: SessionID? = nil,
    attempt: UInt8? = nil, announcing announced: Int? = nil
  ) throws {
    let result = ResultHeader(
      work: work.work, session: session ?? self.session, attempt: attempt ?? work.attempt, status: status,
      contentType: work.contentType, parts: announced ?? parts.count, queueMicroseconds: 0, computeMicroseconds: 0)
    try self.peer.send([result.encoded.array] + parts)
  }

  private func next(_ isWanted: (RawPeer.Unit) -> Bool) async throws -> RawPeer.Unit {
    while true {
      let unit = try await self.peer.receive()
      if isWanted(unit) { return unit }
      if unit.command == .brokerHeartbeat { try self.beat() }
    }
  }
}
