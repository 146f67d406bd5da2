import Glibc
import Logging
import QueueCore
import ServiceLifecycle
import Synchronization
import ZeroMQ

/// The worker's threads, from start to end: one for the socket, and the compute threads, the first of which loads.
final class WorkerService: Service {
  private let loader: ModelLoader
  private let cluster: ClusterOptions
  private let logger: Logger
  private let ending = Mutex<WorkerEnd?>(nil)

  init(loader: ModelLoader, cluster: ClusterOptions, logger: Logger) {
    self.loader = loader
    self.cluster = cluster
    self.logger = logger
  }

  /// How the worker ended, once it has.
  var end: WorkerEnd? { self.ending.withLock { $0 } }

  /// Runs until the worker has left. Throws ``ZMQError`` if its socket fails.
  func run() async throws {
    let mailbox = try Mailbox<LoopMessage>()
    let policy = BatchPolicy(
      maximumRows: self.cluster.maxBatchSize, maximumDelayNanoseconds: self.cluster.maxQueueDelay.nanoseconds)
    let queue = ComputeQueue(policy: policy)
    let progress = ComputeProgress(threads: 2 * self.cluster.threads, limits: self.cluster.callLimits)
    let (endpoint, configuration, logger) = (self.cluster.broker, self.sessionConfiguration, self.logger)
    let artifact = self.loader.artifact
    let loop = try LoopThread(name: "worker-io") {
      var loop = try WorkerLoop.connected(
        to: endpoint, configuration: configuration, mailbox: mailbox, queue: queue, progress: progress,
        artifact: artifact, logger: logger)
      return try loop.run()
    }
    try self.startComputing(queue: queue, progress: progress, mailbox: mailbox)
    try await withTaskCancellationOrGracefulShutdownHandler {
      let end = try await loop.value
      self.ending.withLock { $0 = end }
      queue.close()
    } onCancelOrGracefulShutdown: {
      _ = mailbox.post(.drain)
    }
  }

  /// Loads on the first compute thread; the others start when there is something to compute with: as many for each
  /// lane.
  private func startComputing(
    queue: ComputeQueue, progress: ComputeProgress, mailbox: Mailbox<LoopMessage>
  ) throws(ZMQError) {
    let loader = self.loader
    let threads = self.cluster.threads
    let compute: @Sendable (Int, Lane, LoadedEngine) -> Void = { index, lane, engine in
      do {
        var thread = ComputeThread(
          index: index, queue: queue, runner: try engine.makeRunner(), progress: progress, mailbox: mailbox)
        try thread.run(lane)
      } catch {
        // Its requests would never be answered: better that the broker hears of it and gives them to others.
        _ = mailbox.post(.engineFailed("compute thread \(index) failed: \(error)"))
      }
    }
    _ = try LoopThread(name: "compute-0", stackSize: Self.computeStack) {
      do {
        let engine = try loader.load()
        for index in 1..<2 * threads {
          let (lane, name): (Lane, String) =
            index < threads ? (.interactive, "compute-\(index)") : (.bulk, "bulk-\(index - threads)")
          _ = try LoopThread(name: name, stackSize: Self.computeStack) { compute(index, lane, engine) }
        }
        _ = mailbox.post(.loaded(engine.announcement))
        compute(0, .interactive, engine)
      } catch {
        _ = mailbox.post(.engineFailed("\(error)"))
      }
    }
  }

  /// Engines may recurse deeper than an I/O loop does.
  private static let computeStack = 8 << 20

  private var sessionConfiguration: WorkerSession.Configuration {
    WorkerSession.Configuration(
      join: JoinHeader(
        heartbeatMilliseconds: UInt32(self.cluster.heartbeat.milliseconds), liveness: self.cluster.liveness,
        processID: UInt32(clamping: getpid()), model: self.loader.model, version: self.loader.version,
        name: self.cluster.name, host: ProcessFigures.hostName, engine: self.loader.engineName,
        wantsArtifact: self.loader.wantsArtifact),
      drainGraceMilliseconds: self.cluster.drainLimit.milliseconds)
  }
}
