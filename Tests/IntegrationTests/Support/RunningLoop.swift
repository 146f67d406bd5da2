import AuguryClient
import QueueCore
import Versions
import ZeroMQ

@testable import broker

/// The broker's loop in this process, with nothing beside it: what services would be told is the test's to read.
struct RunningLoop {
  static let instance: UInt64 = 0x9C3A_5E77_11D4_0B26

  let handle: LoopHandle
  let endpoints: BrokerEndpoints
  let reports: AsyncStream<LoopReport>
  let quota = ShadowQuota()
  private let thread: LoopThread<Void>

  init() throws {
    let anywhere = "tcp://127.0.0.1:*"
    let sockets = try BrokerSockets(
      BrokerEndpoints(frontend: anywhere, backend: anywhere, events: anywhere),
      maxMessageSize: OuterWall.payloadBytes, in: Context())
    self.endpoints = sockets.endpoints
    let mailbox = try Mailbox<LoopCommand>()
    self.handle = LoopHandle(mailbox: mailbox)
    let (reports, reported) = AsyncStream<LoopReport>.makeStream()
    self.reports = reports
    let start = LoopStart(
      sockets: sockets, catalog: Catalog(), artifacts: ArtifactTable(), routes: RouteTable(), settings: Settings(),
      mailbox: mailbox, instance: Self.instance, shadowQuota: self.quota, inbox: PredictionInbox(), observed: [],
      report: { reported.yield($0) })
    self.thread = try LoopThread<Void>(name: "broker-loop", handing: start) { start in
      var loop = try start.makeLoop()
      try loop.run()
      reported.finish()
    }
  }

  /// Ends the loop and waits for its end.
  func stop() async throws {
    self.handle.shutDown(graceMilliseconds: 0)
    try await self.thread.value
  }

  /// Waits until so many versions have a ready worker.
  func waitForReadyVersions(_ count: Int) async throws {
    try await eventually("\(count) versions that are ready") {
      try await self.handle.snapshot().versions.count { $0.view.ready > 0 } >= count
    }
  }

  /// The next pair of a request and its copy; nil once the loop has ended.
  func nextPair() async -> ShadowPair? {
    for await report in self.reports {
      if case .shadow(let pair) = report { return pair }
    }
    return nil
  }
}
