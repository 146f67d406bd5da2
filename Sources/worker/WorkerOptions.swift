import ArgumentParser
import Glibc
import QueueCore

/// What a worker serves and with which engine.
struct EngineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The model's name.", valueName: "name"))
  var model: String

  @Option(name: .customLong("version"), help: ArgumentHelp("The version that is served.", valueName: "v"))
  var modelVersion: String

  @Option(help: ArgumentHelp("Serve this ONNX model.", valueName: "model.onnx"))
  var file: String?

  @Option(help: ArgumentHelp("Serve DIR/<model>/<version>/model.onnx.", valueName: "dir"))
  var repository: String?

  @Option(help: ArgumentHelp("Serve a built-in engine: echo returns the content untouched.", valueName: "echo"))
  var engine: BuiltInEngine?

  @Option(help: ArgumentHelp("ONNX Runtime's shared library.", valueName: "path"))
  var onnxruntime: String?

  @Option(help: ArgumentHelp("Threads of ONNX Runtime within one engine call.", valueName: "n"))
  var intraThreads = 1

  @Flag(help: "Announce readiness without a prediction on zeros first.")
  var noWarmUp = false

  @Option(help: ArgumentHelp("echo: what each engine call takes.", valueName: "duration"))
  var echoDelay = DurationFlag(milliseconds: 0)

  @Option(help: ArgumentHelp("echo: abort when the content holds this text.", valueName: "text"))
  var echoCrashOn: String?

  @Option(help: ArgumentHelp("echo: never end a call whose content holds this text, until stopped.", valueName: "text"))
  var echoHangOn: String?

  @Option(
    help: ArgumentHelp("echo: never end a call whose content holds this text, stopped or not.", valueName: "text"))
  var echoHangHardOn: String?

  func validate() throws {
    try Self.checkName(self.model, "--model")
    try Self.checkName(self.modelVersion, "--version")
    let choices = [
      self.file.map { "--file \($0)" }, self.repository.map { "--repository \($0)" },
      self.engine.map { "--engine \($0.rawValue)" },
    ].compactMap { $0 }
    guard choices.count <= 1 else {
      throw ValidationError(
        "say what to serve with one of --file, --repository and --engine, or none of them for the registered artifact; "
          + "given are \(choices.joined(separator: " and "))")
    }
    let texts = [
      ("--echo-crash-on", self.echoCrashOn), ("--echo-hang-on", self.echoHangOn),
      ("--echo-hang-hard-on", self.echoHangHardOn),
    ]
    guard self.engine == .echo || (self.echoDelay.nanoseconds == 0 && texts.allSatisfy { $0.1 == nil }) else {
      let flags = "--echo-delay, --echo-crash-on, --echo-hang-on and --echo-hang-hard-on"
      throw ValidationError("\(flags) go with --engine echo, given is \(choices.first ?? "none")")
    }
    for (flag, text) in texts where text == "" { throw ValidationError("\(flag) is empty, expected some text") }
    guard (1...1024).contains(self.intraThreads) else {
      throw ValidationError("--intra-threads is \(self.intraThreads), expected 1 to 1024")
    }
  }

  static func checkName(_ name: String, _ flag: String) throws {
    guard Names.isValid(name) else {
      throw ValidationError(
        "\(flag) is \"\(name)\", expected 1 to \(Names.maximumBytes) characters of A-Z a-z 0-9 . _ -")
    }
  }
}

/// An engine that needs no model file.
enum BuiltInEngine: String, ExpressibleByArgument, CaseIterable {
  case echo
}

/// How a worker takes part in the cluster.
struct ClusterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where the broker listens for workers. Environment: AUGURY_WORKER_BROKER.", valueName: "endpoint"))
  var broker = Self.defaultBroker

  @Option(help: ArgumentHelp("The worker's name, unique in the cluster.", valueName: "name"))
  var name = Self.defaultName

  @Option(help: ArgumentHelp("The most rows in one engine call.", valueName: "n"))
  var maxBatchSize = 256

  @Option(
    help: ArgumentHelp(
      "How long a batch that is not full may wait for more, while others come; an idle worker never waits.",
      valueName: "duration"))
  var maxQueueDelay = DurationFlag(milliseconds: 0)

  @Option(help: ArgumentHelp("Compute threads, and as many for batch work, which give way to them.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("Interactive requests the worker holds at once.", valueName: "n"))
  var credit: UInt16 = 128

  @Option(help: ArgumentHelp("Bulk requests the worker holds at once; 0 takes none.", valueName: "n"))
  var bulkCredit: UInt16 = 2

  @Option(help: ArgumentHelp("The interval between heartbeats.", valueName: "duration"))
  var heartbeat = DurationFlag(milliseconds: 1000)

  @Option(help: ArgumentHelp("Heartbeats that may be missed before a side is taken for dead.", valueName: "n"))
  var liveness: UInt8 = 3

  @Option(
    help: ArgumentHelp(
      """
      How long an engine call may take before it is stopped, not counting what it waits for a processor; 0 is for \
      ever. Environment: AUGURY_WORKER_CALL_TIMEOUT. (default: 30s)
      """, valueName: "duration"))
  var callTimeout: DurationFlag?

  @Option(
    help: ArgumentHelp(
      """
      How long a worker that is to leave may take to finish; then it hands its work back. Environment: \
      AUGURY_WORKER_DRAIN_GRACE. (default: 30s)
      """, valueName: "duration"))
  var drainGrace: DurationFlag?

  func validate() throws {
    try EngineOptions.checkName(self.name, "--name")
    guard self.broker.contains("://") else {
      throw ValidationError("--broker is \"\(self.broker)\", expected an endpoint such as tcp://127.0.0.1:5556")
    }
    try Self.check(self.maxBatchSize, 1...1_000_000, "--max-batch-size")
    try Self.check(self.threads, 1...256, "--threads")
    try Self.check(Int(self.credit), 1...4096, "--credit")
    try Self.check(Int(self.bulkCredit), 0...4096, "--bulk-credit")
    try Self.check(Int(self.liveness), 1...255, "--liveness")
    guard (10...3_600_000).contains(self.heartbeat.milliseconds) else {
      throw ValidationError("--heartbeat is \(self.heartbeat.defaultValueDescription), expected 10ms to 1h")
    }
    guard self.maxQueueDelay.nanoseconds <= 60_000_000_000 else {
      throw ValidationError("--max-queue-delay is \(self.maxQueueDelay.defaultValueDescription), expected 1m at most")
    }
    try Self.checkVariable(Self.callTimeoutVariable)
    try Self.checkVariable(Self.drainGraceVariable)
    let callTimeout = self.callLimit
    guard callTimeout.nanoseconds == 0 || (10...86_400_000).contains(callTimeout.milliseconds) else {
      throw ValidationError("--call-timeout is \(callTimeout.defaultValueDescription), expected 10ms to 24h, or 0")
    }
    guard self.drainLimit.milliseconds <= 86_400_000 else {
      throw ValidationError("--drain-grace is \(self.drainLimit.defaultValueDescription), expected 24h at most")
    }
  }

  private static let callTimeoutVariable = "AUGURY_WORKER_CALL_TIMEOUT"
  private static let drainGraceVariable = "AUGURY_WORKER_DRAIN_GRACE"

  /// How long an engine call may take; 0 for ever.
  private var callLimit: DurationFlag { self.callTimeout ?? Self.duration(Self.callTimeoutVariable) }

  /// How long a worker that is to leave may take to finish.
  var drainLimit: DurationFlag { self.drainGrace ?? Self.duration(Self.drainGraceVariable) }

  /// The limits of engine calls. A call that is stopped between two operators ends soon, so the grace is short.
  var callLimits: ComputeProgress.Limits {
    let limit = self.callLimit.nanoseconds
    guard limit > 0 else { return ComputeProgress.Limits(callNanoseconds: nil) }
    return ComputeProgress.Limits(callNanoseconds: limit, graceNanoseconds: min(limit, 5_000_000_000))
  }

  private static func duration(_ variable: String) -> DurationFlag {
    Self.environment(variable).flatMap { DurationFlag(argument: $0) } ?? DurationFlag(milliseconds: 30_000)
  }

  private static func checkVariable(_ name: String) throws {
    guard let text = Self.environment(name), DurationFlag(argument: text) == nil else { return }
    throw ValidationError("\(name) is \"\(text)\" in the environment, expected a duration such as 30s, or 0")
  }

  private static func check(_ value: Int, _ range: ClosedRange<Int>, _ flag: String) throws {
    guard range.contains(value) else {
      throw ValidationError("\(flag) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// The worker's own variable, else the one that tells the broker where to listen, else the broker's default.
  private static var defaultBroker: String {
    Self.environment("AUGURY_WORKER_BROKER") ?? Self.environment("AUGURY_BACKEND") ?? "tcp://127.0.0.1:5556"
  }

  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The host's name and the process's id, with everything a name may not have replaced by `-`.
  static var defaultName: String {
    let host = ProcessFigures.hostName.unicodeScalars.map { scalar in
      Names.isValid(String(scalar)) ? String(scalar) : "-"
    }
    return "\(host.joined().prefix(100))-\(getpid())"
  }
}
