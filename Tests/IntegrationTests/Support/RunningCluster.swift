import AuguryClient
import FoundationEssentials
import Glibc
import Synchronization
import Testing

/// A real broker with real workers, for one test: a folder, processes and a client of its own, all gone afterwards.
final class RunningCluster: Sendable {
  /// Where the broker says that it listens.
  struct Endpoints: Decodable, Sendable {
    var frontend: String
    var backend: String
    var events: String
    var pid: String
  }

  private struct State {
    var programs: [RunningProgram] = []
    var broker: RunningProgram?
    var endpoints = Endpoints(
      frontend: "tcp://127.0.0.1:*", backend: "tcp://127.0.0.1:*", events: "tcp://127.0.0.1:*", pid: "")
    var hasTold = false
  }

  /// The cluster of the test that asks, for its reports.
  @TaskLocal static var current: RunningCluster?

  private static let slots = Slots(2)

  /// Where its files are.
  let folder: String
  /// A client of the broker.
  let client: AuguryClient
  private let brokerFlags: [String]
  private let brokerVariables: [String: String]
  private let state: Mutex<State>

  /// Runs a test with a cluster of its own: a broker, and no workers yet.
  ///
  /// Whatever has died unasked by the end is an issue of the test.
  ///
  /// - Parameters:
  ///   - flags: Further flags of the broker.
  ///   - variables: Settings of the broker, as environment variables without `AUGURY_`.
  static func run(
    flags: [String] = [], variables: [String: String] = [:], isolation: isolated (any Actor)? = #isolation,
    _ body: (RunningCluster) async throws -> Void
  ) async throws {
    try await Self.slots.withSlot {
      try await withTemporaryFolder { folder in
        let cluster = try await RunningCluster(folder: folder, flags: flags, variables: variables)
        defer { cluster.stopAll() }
        try await Self.$current.withValue(cluster) {
          do {
            try await body(cluster)
          } catch {
            throw error is ExpectationFailedError ? error : TestFailure(error: error, logs: cluster.logTails())
          }
          for program in cluster.programs where program.hasDied {
            Issue.record("\(program.name) has died: \(program.end.map { "\($0)" } ?? "")")
          }
        }
        await cluster.client.close()
      }
    }
  }

  private init(folder: String, flags: [String], variables: [String: String]) async throws {
    self.folder = folder
    self.brokerFlags = flags
    // A machine that is busy with other tests may hold processes up; nobody is to be taken for dead for it.
    let defaults = ["HEARTBEAT_MILLISECONDS": "200", "LIVENESS": "15"]
    var all = Programs.childEnvironment
    for (name, value) in defaults.merging(variables, uniquingKeysWith: { $1 }) { all["AUGURY_\(name)"] = value }
    self.brokerVariables = all
    let broker = try Self.spawnBroker(State().endpoints, folder: folder, flags: flags, variables: all)
    let endpoints: Endpoints
    do {
      endpoints = try await Self.listening(broker, folder: folder)
    } catch {
      broker.stop()
      throw TestFailure(error: error, logs: broker.logTail)
    }
    self.state = Mutex(State(programs: [broker], broker: broker, endpoints: endpoints))
    var options = AuguryClient.Options()
    options.pingInterval = .milliseconds(250)
    options.liveness = 12
    self.client = try AuguryClient(broker: endpoints.frontend, options: options)
  }

  // MARK: The broker

  /// Where the broker listens.
  var endpoints: Endpoints { self.state.withLock { $0.endpoints } }

  /// The broker's process, the latest one.
  var broker: RunningProgram {
    get throws { try #require(self.state.withLock { $0.broker }) }
  }

  /// Starts a broker where the one before listened, which must be gone, and waits until it listens.
  func restartBroker() async throws {
    let broker = try Self.spawnBroker(
      self.endpoints, folder: self.folder, flags: self.brokerFlags, variables: self.brokerVariables)
    self.state.withLock { state in
      state.programs.append(broker)
      state.broker = broker
    }
    let endpoints = try await Self.listening(broker, folder: self.folder)
    self.state.withLock { $0.endpoints = endpoints }
  }

  private static func spawnBroker(
    _ endpoints: Endpoints, folder: String, flags: [String], variables: [String: String]
  ) throws -> RunningProgram {
    let places = [
      "--frontend", endpoints.frontend, "--backend", endpoints.backend, "--events", endpoints.events,
      "--data-dir", "\(folder)/data",
    ]
    return try RunningProgram(
      "\(Programs.folder)/broker", arguments: places + flags, name: "broker", log: "\(folder)/broker.log",
      environment: variables)
  }

  private static func listening(_ broker: RunningProgram, folder: String) async throws -> Endpoints {
    try await eventually("the broker to listen") {
      if let end = broker.end { throw DiedEarly(what: "the broker", end: end) }
      let endpoints = try decode(readText("\(folder)/data/endpoints.json"), as: Endpoints.self)
      return endpoints.pid == "\(broker.pid)" ? endpoints : nil
    }
  }

  // MARK: All programs

  /// Every process that was started, the broker first.
  var programs: [RunningProgram] { self.state.withLock { $0.programs } }

  /// Starts a program beside the cluster; it is ended with it.
  func start(_ program: String, _ arguments: [String], name: String) throws -> RunningProgram {
    let started = try RunningProgram(
      program, arguments: arguments, name: name, log: "\(self.folder)/\(name).log")
    self.state.withLock { $0.programs.append(started) }
    return started
  }

  /// Ends every process and returns once they are gone.
  private func stopAll() {
    for program in self.programs { program.stop() }
  }

  /// The last lines of every program's log.
  func logTails() -> String {
    self.programs.map(\.logTail).joined(separator: "\n")
  }

  /// The same, but only to whoever asks first.
  func logTailsOnce() -> String? {
    let isFirst = self.state.withLock { state in
      defer { state.hasTold = true }
      return !state.hasTold
    }
    return isFirst ? self.logTails() : nil
  }
}

/// A program ended before it was of use.
struct DiedEarly: Error, CustomStringConvertible {
  var what: String
  var end: ProgramEnd

  var description: String { "\(self.what) ended: \(self.end)" }
}

/// Why a test failed, with what its programs had to say.
struct TestFailure: Error, CustomStringConvertible {
  var error: any Error
  var logs: String

  var description: String { "\(self.error)\n\(self.logs)" }
}

extension Trait where Self == IssueHandlingTrait {
  /// The first issue of a test carries the last lines of its programs' logs.
  static var tellingLogs: Self {
    .compactMapIssues { issue in
      guard let logs = RunningCluster.current?.logTailsOnce() else { return issue }
      var issue = issue
      issue.comments.append(Comment(rawValue: logs))
      return issue
    }
  }
}

/// The suite of all tests that start the real programs.
@Suite(.tellingLogs) enum Cluster {}
