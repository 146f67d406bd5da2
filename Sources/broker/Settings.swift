import Configuration
import FoundationEssentials
import Jobs
import QueueCore
import SystemPackage

/// How a broker is set up, from its flags, the environment, a YAML file and the defaults, in this order.
struct Settings: Sendable {
  var endpoints = BrokerEndpoints(
    frontend: "tcp://127.0.0.1:5555", backend: "tcp://127.0.0.1:5556", events: "tcp://127.0.0.1:5557")
  var dataDirectory = "augury-data"
  var isInsecure = false
  var logLevel = "info"
  var limits = Limits()
  var timing = Timing()
  var drainGraceMilliseconds: UInt64 = 10_000
  var ioThreads = 1
  /// How long the loop looks for more before it sleeps, while requests come in quick succession.
  var busyPollMicroseconds: UInt64 = 300
  /// Whether batch jobs are run by the broker itself.
  var runsJobs = true
  /// Seconds for which batch jobs are remembered after their end, if they do not say.
  var jobRetentionSeconds: UInt64 = 30 * 86_400
  /// Who is told of the ends of batch jobs.
  var hooks = JobHooks.standard

  /// The keys, as they stand in a YAML file. In the environment `payloadBytes` is `AUGURY_PAYLOAD_BYTES`.
  static let keys = [
    "frontend", "backend", "events", "dataDir", "insecure", "logLevel", "heartbeatMilliseconds", "liveness",
    "orphanGraceMilliseconds", "batchLeaseMilliseconds", "drainGraceMilliseconds", "payloadBytes", "queuedPerVersion",
    "requests", "heldBytes", "outstandingPerClient", "maxAttempts", "batchMaxAttempts", "ioThreads",
    "busyPollMicroseconds", "jobHook", "allowNotify", "jobRunner", "jobRetentionSeconds",
  ]

  /// Throws ``SettingsError`` for a value that is not of its key's kind, and for a file that cannot be read.
  static func read(flags: [String: String], file: String?) async throws -> Settings {
    let environment = ProcessInfo.processInfo.environment
    var stripped: [String: String] = [:]
    for (name, value) in environment where name.hasPrefix("AUGURY_") {
      stripped[String(name.dropFirst("AUGURY_".count))] = value
    }
    var providers: [any ConfigProvider] = [
      Self.provider(of: flags),
      EnvironmentVariablesProvider(environmentVariables: stripped),
    ]
    if let file {
      do {
        try SettingsFile.check(file, knownKeys: Self.keys)
        providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
      } catch let error as SettingsError {
        throw error
      } catch {
        throw SettingsError(message: "cannot read the configuration file \(file): \(error)")
      }
    }
    var settings = Settings()
    try settings.apply(ConfigReader(providers: providers))
    return settings
  }

  private static func provider(of flags: [String: String]) -> InMemoryProvider {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for (key, value) in flags { values[AbsoluteConfigKey([key])] = ConfigValue(.string(value), isSecret: false) }
    return InMemoryProvider(name: "flags", values: values)
  }

  private mutating func apply(_ config: ConfigReader) throws(SettingsError) {
    self.endpoints.frontend = config.string(forKey: "frontend", default: self.endpoints.frontend)
    self.endpoints.backend = config.string(forKey: "backend", default: self.endpoints.backend)
    self.endpoints.events = config.string(forKey: "events", default: self.endpoints.events)
    self.dataDirectory = config.string(forKey: "dataDir", default: self.dataDirectory)
    self.logLevel = config.string(forKey: "logLevel", default: self.logLevel)
    try Self.read(&self.isInsecure, "insecure", from: config)
    try Self.read(&self.timing.heartbeatMilliseconds, "heartbeatMilliseconds", 10...3_600_000, from: config)
    try Self.read(&self.timing.liveness, "liveness", 1...255, from: config)
    try Self.read(&self.timing.orphanGraceMilliseconds, "orphanGraceMilliseconds", 0...86_400_000, from: config)
    try Self.read(&self.timing.batchLeaseMilliseconds, "batchLeaseMilliseconds", 0...86_400_000, from: config)
    try Self.read(&self.drainGraceMilliseconds, "drainGraceMilliseconds", 0...86_400_000, from: config)
    try Self.read(&self.limits.payloadBytes, "payloadBytes", 1...OuterWall.payloadBytes, from: config)
    try Self.read(&self.limits.queuedPerVersion, "queuedPerVersion", 1...1_000_000, from: config)
    try Self.read(&self.limits.requests, "requests", 1...1_000_000, from: config)
    try Self.read(&self.limits.heldBytes, "heldBytes", 1...(1 << 40), from: config)
    try Self.read(&self.limits.outstandingPerClient, "outstandingPerClient", 1...1_000_000, from: config)
    try Self.read(&self.limits.maxAttempts, "maxAttempts", 1...3, from: config)
    try Self.read(&self.limits.batchMaxAttempts, "batchMaxAttempts", 1...3, from: config)
    try Self.read(&self.ioThreads, "ioThreads", 1...64, from: config)
    try Self.read(&self.busyPollMicroseconds, "busyPollMicroseconds", 0...10_000, from: config)
    try Self.read(&self.runsJobs, "jobRunner", from: config)
    try Self.read(&self.jobRetentionSeconds, "jobRetentionSeconds", 0...316_224_000, from: config)
    try self.readHooks(from: config)
    try self.refuseOpenAddresses()
  }

  /// Prefixes stand with commas between them.
  private mutating func readHooks(from config: ConfigReader) throws(SettingsError) {
    let prefixes = config.string(forKey: "allowNotify").map { $0.split(separator: ",").map(String.init) }
    do throws(JobHooks.SettingError) {
      self.hooks = try JobHooks(command: config.string(forKey: "jobHook"), allowing: prefixes)
    } catch {
      throw SettingsError(message: error.description)
    }
  }

  /// Without keys nobody but this machine may talk to the broker, unless its operator says so.
  private func refuseOpenAddresses() throws(SettingsError) {
    guard !self.isInsecure else { return }
    for endpoint in [self.endpoints.frontend, self.endpoints.backend, self.endpoints.events] {
      let isLocal = ["tcp://127.", "tcp://localhost:", "tcp://[::1]:", "ipc://"].contains { endpoint.hasPrefix($0) }
      guard isLocal else {
        throw SettingsError(
          message: "\(endpoint) can be reached from other machines and nothing is encrypted or authenticated; "
            + "listen on 127.0.0.1, or say --insecure")
      }
    }
  }

  private static func read(_ value: inout Bool, _ key: String, from config: ConfigReader) throws(SettingsError) {
    guard let text = config.string(forKey: ConfigKey([key])) else { return }
    switch text.lowercased() {
    case "true", "yes", "on", "1": value = true
    case "false", "no", "off", "0": value = false
    default: throw SettingsError(message: "\(key) is \"\(text)\", expected true or false")
    }
  }

  private static func read<Number: FixedWidthInteger>(
    _ value: inout Number, _ key: String, _ range: ClosedRange<Number>, from config: ConfigReader
  ) throws(SettingsError) {
    guard let text = config.string(forKey: ConfigKey([key])) else { return }
    guard let number = Number(text), range.contains(number) else {
      throw SettingsError(
        message: "\(key) is \"\(text)\", expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    value = number
  }
}

/// A setting that makes no sense.
struct SettingsError: Error, CustomStringConvertible {
  var message: String

  var description: String { self.message }
}
