import ArgumentParser
import AuguryClient
import Glibc
import Jobs
import Logging
import Store
import UnixSignals

/// `augury jobs run`: runs the batch jobs of a store beside the broker.
struct RunJobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run batch jobs in a process of its own.",
    discussion: """
      Shares the jobs of the data directory with the broker, unless that runs with --no-job-runner, and with others of \
      its kind; each job is run by one of them. Paths of jobs mean this machine's files. If it dies, the others take \
      its jobs over when their leases end. SIGTERM: every job makes a checkpoint and is given back, then the exit code \
      is 0.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Option(help: ArgumentHelp("The broker's folder for its store.", valueName: "folder"))
  var dataDir: String

  @Option(help: ArgumentHelp("Jobs that run at the same time.", valueName: "n"))
  var maxRunning = 2

  @Option(help: ArgumentHelp("Seconds after which another runner takes over if this one is silent.", valueName: "s"))
  var leaseSeconds = 10.0

  @Option(help: ArgumentHelp("A name that no other runner has, kept over restarts. (default: made up)"))
  var name: String?

  func validate() throws {
    if !(1...64).contains(self.maxRunning) {
      throw ValidationError("--max-running is \(self.maxRunning), expected 1 to 64")
    }
    if !(0.5...3600).contains(self.leaseSeconds) {
      throw ValidationError("--lease-seconds is \(self.leaseSeconds), expected 0.5 to 3600")
    }
    if let name = self.name, name.isEmpty || name == "broker" || name.utf8.count > 255 {
      throw ValidationError("--name is '\(name)', expected 1 to 255 bytes, and not 'broker'")
    }
  }

  func run() async throws {
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    let logger = Logger(label: "jobs")
    // Heeded from here on: whoever sees the first line of the log may end the process.
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let store: SQLiteStore
    let transport: BrokerTransport
    do {
      store = try SQLiteStore(dataDirectory: self.dataDir)
      transport = try BrokerTransport(broker: self.connection.endpoint(outer: self.root.connection))
    } catch {
      Terminal.complain("\(error)")
      throw CommandStatus.usage.exitCode
    }
    var options = JobRunner.Options()
    options.maxRunning = self.maxRunning
    options.leaseSeconds = self.leaseSeconds
    if let name = self.name { options.name = name }
    let runner = JobRunner(store: store, transport: transport, options: options, logger: logger)
    logger.info("runner starts", metadata: ["runner": "\(options.name)", "data_dir": "\(self.dataDir)"])
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in signals { break }
        runner.stop()
      }
      await runner.run()
      group.cancelAll()
    }
    await transport.close()
    try? store.close()
    logger.info("runner ends", metadata: ["runner": "\(options.name)"])
  }
}
