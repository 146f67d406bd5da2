import AuguryClient
import FoundationEssentials
import Glibc
import Inference
import Jobs
import Logging
import QueueCore
import ServiceLifecycle
import Store
import UnixSignals
import Versions
import ZeroMQ

/// A broker from its settings to its end: the loop and the services beside it.
enum RunningBroker {
  /// Returns once the broker has been asked to stop and has drained. Throws what keeps it from starting or going on.
  static func run(_ settings: Settings, logger: Logger) async throws {
    FileLimit.raise()
    // Before there are threads that read the environment: the library itself is only loaded when it is needed.
    OnnxLibrary.prepareEnvironment()
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
    let (catalog, artifacts) = try await Self.versions(from: store, logger: logger)
    let shadowQuota = ShadowQuota()
    let inbox = PredictionInbox()
    let observed = try await store.observedModels()
    let capture = try CaptureStart(settings: try await store.captures())
    let table = try await RouteService.table(from: store)
    let start = LoopStart(
      sockets: sockets, catalog: catalog, artifacts: artifacts, routes: table, settings: settings, mailbox: mailbox,
      instance: facts.instance, shadowQuota: shadowQuota, inbox: inbox, observed: Set(observed.map(\.model)),
      capture: capture, report: { reported.yield($0) })
    let thread = try LoopThread<Void>(name: "broker-loop", handing: start) { start in
      var loop = try start.makeLoop()
      try loop.run()
    }
    let transport = try BrokerTransport(broker: BrokerSockets.innerFrontend, in: context)
    let jobs = JobService(
      store: store, transport: transport, options: settings.jobOptions, logger: Logger(label: "jobs"))
    let lastEvent = try await store.latestJobEvent()
    let comparisons = ShadowComparisons(quota: shadowQuota)
    let versions = VersionsControl(
      store: store, loop: loop, table: table, inbox: inbox, observed: observed,
      capture: CaptureService(
        store: store, cluster: loop, folder: "\(settings.dataDirectory)/capture", start: capture),
      agreement: { await comparisons.agreement(model: $0, shadow: $1) })
    let control = ControlService(
      loop: loop, jobs: jobs, versions: versions, hooks: settings.hooks, comparisons: comparisons, facts: facts)
    // Stopped from the last to the first: jobs come to rest while the loop still serves them.
    let services: [any Service] = [
      ReportService(reports: reports, control: control, store: store, logger: Logger(label: "cluster")),
      LoopService(
        thread: thread, loop: loop, drainGraceMilliseconds: settings.drainGraceMilliseconds,
        started: { try Self.announce(facts.endpoints, settings, logger) }, ended: { reported.finish() },
        logger: logger),
      HooksRunning(
        hooks: HookService(
          outbox: StoreOutbox(store: store), hooks: settings.hooks, seed: facts.instance,
          logger: Logger(label: "hooks"))),
      JobNews(feed: jobs.events, after: lastEvent, loop: loop),
      VersionsRunning(versions: versions),
      JobsRunning(jobs: jobs, transport: transport),
      StartupPages(logger: logger),
    ]
    let group = ServiceGroup(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(logger))
    defer { EndpointsFile.remove(in: settings.dataDirectory) }
    try await group.run()
    // What the loop answered while it drained is captured, too.
    await versions.capture.finish()
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

  /// The versions that are registered, or that workers have served before: known, even while none of their workers is
  /// back.
  private static func versions(
    from store: SQLiteStore, logger: Logger
  ) async throws -> (catalog: Catalog, artifacts: ArtifactTable) {
    var catalog = Catalog()
    var artifacts = ArtifactTable()
    for version in try await store.registeredVersions(of: nil) {
      artifacts[version.model, version.version] = Artifact(version)
      _ = catalog.intern(model: version.model, version: version.version)
    }
    for version in try await store.versions()
    where catalog.intern(model: version.model, version: version.version) == nil {
      logger.warning(
        "a stored version has no valid name", metadata: ["model": "\(version.model)", "version": "\(version.version)"])
    }
    return (catalog, artifacts)
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
  let artifacts: ArtifactTable
  let routes: RouteTable
  let settings: Settings
  let mailbox: Mailbox<LoopCommand>
  let instance: UInt64
  let shadowQuota: ShadowQuota
  let inbox: PredictionInbox
  let observed: Set<String>
  let capture: CaptureStart
  let report: @Sendable (LoopReport) -> Void

  /// Throws ``RouteError`` if the stored routes cannot be put in force: to serve other versions than were wanted would
  /// be worse than not to serve.
  consuming func makeLoop() throws(RouteError) -> BrokerLoop {
    // Sessions begin at a different number after every start, so that those of before are recognised as stale.
    var core = Broker(
      limits: self.settings.limits, timing: self.settings.timing, catalog: self.catalog,
      firstSession: UInt32(truncatingIfNeeded: self.instance), at: BrokerLoop.clock())
    try core.setRoutes(self.routes, at: BrokerLoop.clock())
    return BrokerLoop(
      sockets: self.sockets, core: core, artifacts: self.artifacts, mailbox: self.mailbox, instance: self.instance,
      shadowQuota: self.shadowQuota, inbox: self.inbox, observed: self.observed,
      captured: self.capture.samplers, captureInbox: self.capture.inbox,
      patience: Patience(longMicroseconds: self.settings.busyPollMicroseconds), report: self.report)
  }
}

extension Settings {
  /// How the broker deals with batch jobs.
  fileprivate var jobOptions: JobService.Options {
    var options = JobService.Options()
    options.retentionSeconds = Double(self.jobRetentionSeconds)
    // The data directory is locked, so whoever had this name before is dead.
    options.runner?.name = "broker"
    if !self.runsJobs { options.runner = nil }
    return options
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
