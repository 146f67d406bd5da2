import FoundationEssentials
import Testing
import ZeroMQ

/// A subscriber to the broker's events.
final class EventListener {
  /// An event as it is published.
  struct Event: Decodable, Equatable {
    var event: String
    var model: String
    /// Nil for an event about a whole model.
    var version: String?
    var worker: String?
    var requeued: Int?
    var id: String?
    var state: String?
    var message: String?
    var rowsDone: Int?

    enum CodingKeys: String, CodingKey {
      case event, model, version, worker, requeued, id, state, message
      case rowsDone = "rows_done"
    }
  }

  private let socket: Socket
  private(set) var heard: [Event] = []

  /// Subscribes to everything, and returns once events arrive: a worker of a model of its own comes and goes until
  /// then.
  init(_ cluster: RunningCluster) async throws {
    let options = SocketOptions {
      $0.subscriptions = [[]]
      $0.receiveHighWaterMark = 0
    }
    self.socket = try Socket(.sub, in: Context(), options: options)
    try self.socket.connect(cluster.endpoints.events)
    try await eventually("events to arrive") {
      let worker = try RawWorker(to: cluster.endpoints.backend, name: "bell", model: "bell")
      try await worker.join()
      try worker.leave()
      try self.drain()
      return !self.heard.isEmpty
    }
  }

  /// Waits for an event about a worker, among those that came already too.
  @discardableResult
  func event(_ topic: String, worker: String?) async throws -> Event {
    try await eventually("event \(topic) about \(worker ?? "nobody")") {
      try self.drain()
      return self.heard.first { $0.event == topic && $0.worker == worker }
    }
  }

  /// Waits for an event about a job, and returns the topics of all events about it so far.
  func topics(job: String, until topic: String) async throws -> [String] {
    try await eventually("event \(topic) about job \(job)") {
      try self.drain()
      let topics = self.heard.filter { $0.id == job }.map(\.event)
      return topics.contains(topic) ? topics : nil
    }
  }

  /// The topics of all events about a worker so far.
  func topics(worker: String) -> [String] {
    self.heard.filter { $0.worker == worker }.map(\.event)
  }

  private func drain() throws {
    while let message = try self.socket.receiveFrames(maxParts: 4) {
      let parts = message.frames.map { frame in frame.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
      try #require(parts.count == 2, "an event has a topic and a body")
      let event = try decode(parts[1], as: Event.self)
      #expect(event.event == parts[0], "the topic is said in the body too")
      self.heard.append(event)
    }
  }
}
