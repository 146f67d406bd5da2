import ArgumentParser
import Glibc
import Logging
import QueueCore
import ServiceLifecycle
import UnixSignals

/// `worker`: serves one version of a model.
@main
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Serves one version of a model to the broker's clients.",
    discussion: """
      Without --file, --repository and --engine it serves the artifact that is registered for the version, see \
      `augury models`.

      Joins the broker at once, loads the model, makes a prediction on zeros, and takes requests from then on. SIGTERM \
      lets it finish what it has and leave; it then exits with 0. It exits with 1 if the model cannot be served or the \
      broker refuses it, with 64 if the command line makes no sense, with 70 if an engine call does not end when it \
      is stopped: start it again, the broker gives its work to others.
      """)

  @OptionGroup(title: "Model") var engine: EngineOptions
  @OptionGroup(title: "Cluster") var cluster: ClusterOptions

  @Option(help: ArgumentHelp("The least that is worth a line on stderr.", valueName: "level"))
  var logLevel = LogLevelFlag.info

  mutating func run() async throws {
    let level = self.logLevel.level
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    var logger = Logger(label: "worker")
    logger[metadataKey: "worker"] = "\(self.cluster.name)"
    logger[metadataKey: "model"] = "\(self.engine.model)@\(self.engine.modelVersion)"
    let loader: ModelLoader
    do {
      loader = try ModelLoader(self.engine, cluster: self.cluster)
    } catch {
      Self.leave(1, saying: "\(error)")
    }
    let service = WorkerService(loader: loader, cluster: self.cluster, logger: logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do {
      try await group.run()
    } catch {
      Self.leave(1, saying: "\(error)")
    }
    switch service.end {
    case .drained: Self.leave(0)
    case .engineFailed(let reason): Self.leave(1, saying: reason)
    case .engineHangs(let reason): Self.leave(Self.hangStatus, saying: reason)
    case .refused(let reason): Self.leave(1, saying: "the broker refused this worker: \(reason)")
    case nil: Self.leave(1, saying: "the worker ended without being told to")
    }
  }

  /// `EX_SOFTWARE` of sysexits.h.
  private static let hangStatus: Int32 = 70

  /// Ends the process here and now: a compute thread may still be inside the engine, whose own clean-up at a regular
  /// exit must not happen under its feet.
  private static func leave(_ status: Int32, saying message: String? = nil) -> Never {
    if let message {
      let line = "worker: \(message)\n"
      _ = line.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
    fflush(nil)
    _exit(status)
  }
}

/// What is worth a line on stderr; the names are swift-log's.
enum LogLevelFlag: String, ExpressibleByArgument, CaseIterable {
  case trace
  case debug
  case info
  case notice
  case warning
  case error
  case critical

  var level: Logger.Level { Logger.Level(rawValue: self.rawValue) ?? .info }
}
