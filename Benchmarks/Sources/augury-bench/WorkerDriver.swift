import Foundation
import QueueCore
import ZeroMQ

/// The least that a worker takes for a broker: welcomes one worker and keeps a number of requests with it, so that what
/// is measured is the worker and not who feeds it.
final class WorkerDriver {
  private let socket: Socket
  private var poller = Poller(capacity: 1)
  private let request: PredictionRequest
  private let contentType: ContentType
  private var peer: [UInt8] = []
  private var nextWork: UInt64 = 0
  private var results = 0
  private var isReady = false
  private var beatDue: UInt64 = 0
  /// What the worker told last.
  private(set) var figures = WorkerFigures()
  private var beats = 0

  /// Where the worker is to connect.
  let endpoint: String

  private static let session = SessionID(7)
  private static let beatMilliseconds: UInt32 = 1000

  init(_ request: PredictionRequest, as contentType: ContentType) throws {
    self.request = request
    self.contentType = contentType
    let context = try Context(zeroCopyReceive: true)
    self.socket = try Socket(.router, in: context)
    try self.socket.bind("tcp://127.0.0.1:*")
    self.endpoint = try self.socket.lastEndpoint()
    _ = self.poller.add(self.socket)
  }

  /// Returns once the worker has announced that it is ready.
  func awaitReady(within seconds: Double = 30) throws {
    let end = MonotonicClock.nanoseconds + UInt64(seconds * 1e9)
    while !self.isReady {
      guard MonotonicClock.nanoseconds < end else { throw BenchError("the worker did not get ready") }
      try self.turn(until: end)
    }
  }

  /// Returns once the worker has told its figures anew.
  func awaitFigures() throws {
    let (before, end) = (self.beats, MonotonicClock.nanoseconds + 10_000_000_000)
    while self.beats == before {
      guard MonotonicClock.nanoseconds < end else { throw BenchError("the worker tells no figures") }
      try self.turn(until: end)
    }
  }

  /// Keeps so many requests with the worker for a time; returns how many were answered, and the median of the time from
  /// request to result in microseconds if there was but one at a time.
  func drive(outstanding: Int, seconds: Double) throws -> (results: Int, seconds: Double, median: Double) {
    let start = MonotonicClock.nanoseconds
    let end = start + UInt64(seconds * 1e9)
    var waits: [UInt64] = []
    try self.sendWork(outstanding)
    var (sentAt, answered) = (start, 0)
    while MonotonicClock.nanoseconds < end {
      let fresh = try self.turn(until: end)
      guard fresh > 0 else { continue }
      let now = MonotonicClock.nanoseconds
      answered += fresh
      if outstanding == 1 { waits.append(now - sentAt) }
      sentAt = now
      try self.sendWork(fresh)
    }
    let elapsed = Double(MonotonicClock.nanoseconds - start) / 1e9
    var left = outstanding
    while left > 0 { left -= try self.turn(until: MonotonicClock.nanoseconds + 1_000_000_000) }
    waits.sort()
    return (answered, elapsed, waits.isEmpty ? 0 : Double(waits[waits.count / 2]) / 1000)
  }

  /// Waits, takes what has come, beats if it is time; returns how many results there were.
  @discardableResult
  private func turn(until end: UInt64) throws -> Int {
    let now = MonotonicClock.nanoseconds
    if !self.peer.isEmpty, now >= self.beatDue {
      self.beatDue = now + UInt64(Self.beatMilliseconds) * 1_000_000
      try self.send(SessionHeader(.brokerHeartbeat, session: Self.session).encoded)
    }
    try self.poller.wait(untilNanoseconds: min(end, self.peer.isEmpty ? end : self.beatDue), now: now)
    self.results = 0
    while let message = try self.socket.receiveFrames(maxParts: 4096) {
      if self.peer.isEmpty { self.peer = message.frames[0].withUnsafeBytes { Array($0) } }
      try self.take(message.frames.dropFirst())
    }
    return self.results
  }

  private func take(_ frames: ArraySlice<Frame>) throws {
    var rest = frames
    while let header = rest.popFirst() {
      let prefix = try Prefix(decoding: header.bytes)
      guard prefix.parts <= rest.count else { throw BenchError("a unit ends too early") }
      let payload = rest.prefix(Int(prefix.parts))
      rest = rest.dropFirst(Int(prefix.parts))
      switch prefix.command {
      case .join:
        try self.send(
          WelcomeHeader(session: Self.session, heartbeatMilliseconds: Self.beatMilliseconds, liveness: 10).encoded)
      case .ready: self.isReady = true
      case .heartbeat:
        guard let figures = payload.first else { throw BenchError("a heartbeat has no figures") }
        self.figures = try WorkerFigures(decoding: figures.bytes)
        self.beats += 1
      case .result:
        let result = try ResultHeader(decoding: header.bytes)
        guard result.status == .ok else { throw BenchError("work was answered with \(result.status.name)") }
        self.results += 1
      default: break
      }
    }
  }

  /// Sends so many requests as one message, as the broker does with those of one turn.
  private func sendWork(_ count: Int) throws {
    let peer = self.peer
    try self.expectSent(self.socket.send(peer.span.bytes, more: true, wait: true))
    for index in 0..<count {
      self.nextWork += 1
      let header = WorkHeader(
        work: WorkID(self.nextWork), remainingMicroseconds: RequestHeader.noTimeout, attempt: 1, requestClass: .online,
        contentType: self.contentType, parts: self.request.parts.count)
      try self.expectSent(self.socket.send(header.encoded.bytes, more: true, wait: true))
      for (position, part) in self.request.parts.enumerated() {
        let isLast = index + 1 == count && position + 1 == self.request.parts.count
        try self.expectSent(self.socket.send(part.span.bytes, more: !isLast, wait: true))
      }
    }
  }

  private func send(_ header: ShortHeader) throws {
    let peer = self.peer
    try self.expectSent(self.socket.send(peer.span.bytes, more: true, wait: true))
    try self.expectSent(self.socket.send(header.bytes, wait: true))
  }

  private func expectSent(_ result: SendResult) throws {
    guard result == .sent else { throw BenchError("the worker took no message") }
  }
}
