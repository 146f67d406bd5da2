import Glibc
import Logging
import QueueCore
import ServiceLifecycle
import Synchronization
import ZeroMQ

/// The worker's threads, from start to end: those that serve interactive requests, and those of the bulk lane.
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
    let threads = self.cluster.threads
    let shared = ServingThread.Shared(
      // Whoever wants several engine calls at a time has nothing from one that keeps the socket's thread busy.
      queue: ComputeQueue(policy: policy, leaderMayCompute: threads == 1),
      progress: ComputeProgress(threads: 1 + 2 * threads, limits: self.cluster.callLimits), mailbox: mailbox)
    let seat = LeaderSeat(
      try WorkerLoop.connected(
        to: self.cluster.broker, configuration: self.sessionConfiguration, mailbox: mailbox, queue: shared.queue,
        progress: shared.progress, artifact: self.loader.artifact, logger: self.logger))
    try self.startThreads(seat, shared)
    try await withTaskCancellationOrGracefulShutdownHandler {
      let end = try await seat.end
      self.ending.withLock { $0 = end }
      shared.queue.close()
    } onCancelOrGracefulShutdown: {
      _ = mailbox.post(.drain)
    }
  }

  /// One thread leads from the start; another one loads the model and follows. The others start when there is something
  /// to compute with, as many for each lane.
  private func startThreads(_ seat: LeaderSeat, _ shared: ServingThread.Shared) throws(ZMQError) {
    let loader = self.loader
    let threads = self.cluster.threads
    _ = try LoopThread(name: "serve-0", stackSize: Self.computeStack) {
      ServingThread(index: 0, seat: seat, shared: shared).runLeading()
    }
    _ = try LoopThread(name: "serve-1", stackSize: Self.computeStack) {
      do {
        let engine = try loader.load()
        for index in stride(from: 2, through: threads, by: 1) {
          _ = try LoopThread(name: "serve-\(index)", stackSize: Self.computeStack) {
            ServingThread(index: index, seat: seat, shared: shared).runFollowing(engine)
          }
        }
        for index in 0..<threads {
          _ = try LoopThread(name: "bulk-\(index)", stackSize: Self.computeStack) {
            Self.runBulkLane(engine, index: 1 + threads + index, shared)
          }
        }
        _ = shared.mailbox.post(.loaded(engine))
        ServingThread(index: 1, seat: seat, shared: shared).runFollowing(engine)
      } catch {
        _ = shared.mailbox.post(.engineFailed("\(error)"))
      }
    }
  }

  private static func runBulkLane(_ engine: LoadedEngine, index: Int, _ shared: ServingThread.Shared) {
    do {
      let thread = ComputeThread(
        index: index, queue: shared.queue, runner: try engine.makeRunner(), progress: shared.progress,
        mailbox: shared.mailbox)
      try thread.runBulkLane()
    } catch {
      // Its requests would never be answered: better that the broker hears of it and gives them to others.
      _ = shared.mailbox.post(.engineFailed("bulk thread \(index) failed: \(error)"))
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
