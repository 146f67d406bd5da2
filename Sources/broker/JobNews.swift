import AuguryClient
import Jobs
import ServiceLifecycle
import Store

/// Publishes what happens to batch jobs, whoever runs them.
struct JobNews: Service {
  let feed: JobEventFeed
  /// The last event before the broker started. Whoever subscribes has not heard of it, and never will.
  let after: Int64
  let loop: LoopHandle

  func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      await self.feed.run(after: self.after) { event in
        let body = JobEventBody(event)
        guard let bytes = try? ControlCoding.encode(body) else { return }
        self.loop.publish(topic: body.event, body: bytes)
      }
    } onCancelOrGracefulShutdown: {
      self.feed.stop()
    }
  }
}

/// An event about a job as subscribers get it: a topic part, then this as JSON.
struct JobEventBody: Codable, Sendable {
  var event: String
  var id: String
  var model: String
  var version: String?
  var state: String
  var message: String?
  var rowsDone: Int
  var rowsFailed: Int
  var at: Double

  init(_ event: JobEventRecord) {
    self.event = "job.\(event.kind)"
    self.id = event.job.description
    self.model = event.model
    self.version = event.version
    self.state = event.state.rawValue
    self.message = event.message
    self.rowsDone = Int(clamping: event.rows)
    self.rowsFailed = Int(clamping: event.failedRows)
    self.at = event.at
  }

  enum CodingKeys: String, CodingKey {
    case event
    case id
    case model
    case version
    case state
    case message
    case rowsDone = "rows_done"
    case rowsFailed = "rows_failed"
    case at
  }
}
