import AuguryClient
import FoundationEssentials
import Glibc
import Jobs
import Logging
import QueueCore
import ServiceLifecycle
import Store
import UnixSignals
import ZeroMQ

/// A broker from its settings to its end: the loop and the services beside it.
enum RunningBroker {
  /// Returns once the broker has been asked to stop and has drained. Throws what keeps it from starting or going on.
  static func run(_ settings: Settings, logger: Logger) async throws {
    FileLimit.raise()
    let store = try SQLiteStore(dataDirectory: settings.dataDirectory)
    defer { try? store.close() }
    let directory = try DataDirectory(locking: settings.dataDirectory)
    defer { extendLifetime(directory) }
    EndpointsFile.remove(in: settings.dataDirectory)
    let context = try Context(ioThreads: settings.ioThreads)
    let sockets = try BrokerSockets(
      settings.endpoints, maxMessageSize: OuterWall.payloadBytes, in: context)
    let facts = BrokerFacts(
      instance: UInt64.random(in: 1...UInt64.max), endpoints: sockets.endpoints,
      startedAt: MonotonicClock.nanoseconds)
    let mailbox = try Mailbox<LoopCommand>()
    let loop = LoopHandle(mailbox: mailbox)
    let (reports, reported) = AsyncStream<LoopReport>.makeStream()
    let catalog = try await Self.catalog(from: store, logger: logger)
    let start = LoopStart(
      sockets: sockets, catalog: catalog, settings: settings, mailbox: mailbox, instance: facts.instance,
      report: { reported.yield($0) })
    let thread = try LoopThread<Void>(name: "broker-loop", handing: start) { start in
      var loop = start.makeLoop()
      try loop.run()
    }
    let transport = try BrokerTransport(broker: BrokerSockets.innerFrontend, in: context)
    let jobs = JobService(store: store, transport: transport, logger: Logger(label: "jobs"))
    let control = ControlService(loop: loop, jobs: jobs, facts: facts)
    // Stopped from the last to the first: jobs come to rest while the loop still serves them.
    let services: [any Service] = [
      ReportService(reports: reports, control: control, store: store, logger: Logger(label: "cluster")),
      LoopService(
        thread: thread, loop: loop, drainGraceMilliseconds: settings.drainGraceMilliseconds,
        started: { try Self.announce(facts.endpoints, settings, logger) }, ended: { reported.finish() },
        logger: logger),
      JobsRunning(jobs: jobs, transport: transport),
    ]
    let group = ServiceGroup(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(logger))
    defer { EndpointsFile.remove(in: settings.dataDirectory) }
    try await group.run()
  }

  /// Says where the broker listens, to people and to whoever waits for the file.
  private static func announce(_ endpoints: BrokerEndpoints, _ settings: Settings, _ logger: Logger) throws {
    try EndpointsFile.write(endpoints, processID: getpid(), in: settings.dataDirectory)
    logger.info(
      "listening",
      metadata: [
        "frontend": "\(endpoints.frontend)", "backend": "\(endpoints.backend)", "events": "\(endpoints.events)",
        "data_dir": "\(settings.dataDirectory)",
      ])
  }

  /// The versions that workers have served before: known, even while none of their workers is back.
  private static func catalog(from store: SQLiteStore, logger: Logger) async throws -> Catalog {
    var catalog = Catalog()
    for version in try await store.versions()
    where catalog.intern(model: version.model, version: version.version) == nil {
      logger.warning(
        "a stored version has no valid name", metadata: ["model": "\(version.model)", "version": "\(version.version)"])
    }
    return catalog
  }

  /// The lifecycle's own messages are for its developers.
  private static func quiet(_ logger: Logger) -> Logger {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    return quiet
  }
}

/// What the loop's thread begins with.
struct LoopStart: ~Copyable {
  let sockets: BrokerSockets
  let catalog: Catalog
  let settings: Settings
  let mailbox: Mailbox<LoopCommand>
  let instance: UInt64
  let report: @Sendable (LoopReport) -> Void

  consuming func makeLoop() -> BrokerLoop {
    // Sessions begin at a different number after every start, so that those of before are recognised as stale.
    let core = Broker(
      limits: self.settings.limits, timing: self.settings.timing, catalog: self.catalog,
      firstSession: UInt32(truncatingIfNeeded: self.instance), at: BrokerLoop.clock())
    return BrokerLoop(
      sockets: self.sockets, core: core, mailbox: self.mailbox, instance: self.instance, report: self.report)
  }
}

/// The job service's end of the lifecycle.
struct JobsRunning: Service {
  let jobs: JobService
  let transport: BrokerTransport

  func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      await self.jobs.run()
    } onCancelOrGracefulShutdown: {
      self.jobs.stop()
    }
    await self.transport.close()
  }
}
