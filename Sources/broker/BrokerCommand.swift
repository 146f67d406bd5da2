import ArgumentParser
import Logging

/// `broker`: flags to settings, settings to a running broker, its end to an exit code.
@main
struct BrokerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "broker",
    abstract: "Takes predictions and batch jobs, and hands them to workers.",
    discussion: """
      Every flag can also be set in the environment (--data-dir is AUGURY_DATA_DIR) and in the YAML file that \
      --config names (dataDir); a flag goes before the environment, the environment before the file. \
      SIGTERM drains: new requests are refused, those under way are finished, then the exit code is 0.
      """,
    version: BrokerFacts.version)

  @Option(help: "Where clients connect; tcp://127.0.0.1:* takes a free port. (default: tcp://127.0.0.1:5555)")
  var frontend: String?
  @Option(help: "Where workers connect. (default: tcp://127.0.0.1:5556)")
  var backend: String?
  @Option(help: "Where events are published. (default: tcp://127.0.0.1:5557)")
  var events: String?
  @Option(help: "Folder for the store; made if it is not there. (default: augury-data)")
  var dataDir: String?
  @Option(help: "A YAML file of settings.")
  var config: String?
  @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
  var logLevel: String?
  @Option(help: "Milliseconds between heartbeats to workers. (default: 1000)")
  var heartbeatMilliseconds: String?
  @Option(help: "Milliseconds that requests wait for a version whose last worker has gone. (default: 5000)")
  var orphanGraceMilliseconds: String?
  @Option(
    help: """
      Milliseconds that a worker may have batch work without a result or an engine call that begins or ends; then it \
      is dismissed. 0 is for ever. (default: 300000)
      """)
  var batchLeaseMilliseconds: String?
  @Option(help: "Milliseconds that a drain may take. (default: 10000)")
  var drainGraceMilliseconds: String?
  @Option(
    help: """
      Microseconds that the broker looks for more before it sleeps, while requests come in quick succession and no \
      batch work is under way. It keeps a processor busy then; 0 spares it. (default: 300)
      """)
  var busyPollMicroseconds: String?
  @Option(help: "Bytes of one request's payload at most. (default: 8388608)")
  var payloadBytes: String?
  @Option(help: "A program that is run at the end of each batch job, with the job as JSON on its standard input.")
  var jobHook: String?
  @Option(
    help: ArgumentHelp(
      "What addresses of notifications at the end of a batch job may begin with; any number of times. "
        + "(default: http://127.0.0.1, http://localhost, http://[::1])", valueName: "prefix"))
  var allowNotify: [String] = []
  @Flag(help: "Allow addresses that other machines can reach, without encryption or authentication.")
  var insecure = false
  @Flag(help: "Leave batch jobs to others, such as 'augury jobs run' with the same data directory.")
  var noJobRunner = false
  @Option(help: "Seconds for which batch jobs are remembered after their end. (default: 2592000)")
  var jobRetentionSeconds: String?

  func run() async throws {
    let settings: Settings
    do {
      settings = try await Settings.read(flags: self.flags, file: self.config)
    } catch {
      throw ValidationError("\(error)")
    }
    guard let level = Logger.Level(rawValue: settings.logLevel) else {
      throw ValidationError("no log level \"\(settings.logLevel)\"; there are \(Self.logLevels)")
    }
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    let logger = Logger(label: "broker")
    do {
      try await RunningBroker.run(settings, logger: logger)
    } catch {
      logger.critical("the broker cannot go on", metadata: ["error": "\(error)"])
      throw ExitCode.failure
    }
  }

  private static var logLevels: String {
    Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
  }

  /// The flags that were given, by the keys of their settings.
  private var flags: [String: String] {
    let given: [String: String?] = [
      "frontend": self.frontend, "backend": self.backend, "events": self.events, "dataDir": self.dataDir,
      "logLevel": self.logLevel, "heartbeatMilliseconds": self.heartbeatMilliseconds,
      "orphanGraceMilliseconds": self.orphanGraceMilliseconds,
      "batchLeaseMilliseconds": self.batchLeaseMilliseconds,
      "busyPollMicroseconds": self.busyPollMicroseconds,
      "drainGraceMilliseconds": self.drainGraceMilliseconds, "payloadBytes": self.payloadBytes,
      "insecure": self.insecure ? "true" : nil, "jobHook": self.jobHook,
      "allowNotify": self.allowNotify.isEmpty ? nil : self.allowNotify.joined(separator: ","),
      "jobRunner": self.noJobRunner ? "false" : nil,
      "jobRetentionSeconds": self.jobRetentionSeconds,
    ]
    return given.compactMapValues { $0 }
  }
}
