import AuguryClient
import FoundationEssentials
import Glibc
import LoadGenerator
import QueueCore

/// What was measured, how, and on what.
struct BenchReport: Encodable {
  enum Transport: String, Encodable {
    case zeromq
    case http
  }

  var model: String
  /// The version that was asked for; nil if the server was to choose.
  var version: String?
  /// Where the load went: an endpoint or address.
  var target: String
  var transport: Transport
  var plan: LoadPlan
  var clients: Int
  var instances: Int
  var payloadBytes: Int
  var contentType: String
  /// The class of the requests; nil where there are none.
  var requestClass: String?
  var timeoutSeconds: Double
  var figures: LoadFigures
  var machine: MachineDescription

  init(
    command: BenchCommand, target: String, transport: Transport, clients: Int, payloads: [LoadPayload],
    figures: LoadFigures, machine: MachineDescription
  ) {
    self.model = command.selector.model
    self.version = command.selector.version
    self.target = target
    self.transport = transport
    self.plan = command.load.plan
    self.clients = clients
    self.instances = payloads[0].instances
    self.payloadBytes = payloads.reduce(0) { $0 + $1.byteCount } / payloads.count
    self.contentType = payloads[0].contentType.mediaType
    self.requestClass = transport == .zeromq ? command.urgency.rawValue : nil
    self.timeoutSeconds = command.timeout.seconds
    self.figures = figures
    self.machine = machine
  }

  private enum CodingKeys: String, CodingKey {
    case model
    case version
    case target
    case transport
    case loop
    case rate
    case arrivals
    case seed
    case concurrency
    case latencyCountsFrom = "latency_counts_from"
    case warmUpSeconds = "warm_up_seconds"
    case clients
    case instances
    case payloadBytes = "payload_bytes"
    case contentType = "content_type"
    case requestClass = "class"
    case timeoutSeconds = "timeout_seconds"
    case machine
  }

  /// The figures stand beside what they are of, in one object.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(self.model, forKey: .model)
    try container.encodeIfPresent(self.version, forKey: .version)
    try container.encode(self.target, forKey: .target)
    try container.encode(self.transport, forKey: .transport)
    switch self.plan.pacing {
    case .open(let perSecond, let arrivals):
      try container.encode("open", forKey: .loop)
      try container.encode(perSecond, forKey: .rate)
      try container.encode(arrivals.rawValue, forKey: .arrivals)
      try container.encode("due", forKey: .latencyCountsFrom)
    case .closed(let outstanding):
      try container.encode("closed", forKey: .loop)
      try container.encode(outstanding, forKey: .concurrency)
      try container.encode("sent", forKey: .latencyCountsFrom)
    }
    try container.encode(self.plan.seed, forKey: .seed)
    try container.encode(Double(self.plan.warmUp) / 1e9, forKey: .warmUpSeconds)
    try container.encode(self.clients, forKey: .clients)
    try container.encode(self.instances, forKey: .instances)
    try container.encode(self.payloadBytes, forKey: .payloadBytes)
    try container.encode(self.contentType, forKey: .contentType)
    try container.encodeIfPresent(self.requestClass, forKey: .requestClass)
    try container.encode(self.timeoutSeconds, forKey: .timeoutSeconds)
    try container.encode(self.machine, forKey: .machine)
    try self.figures.encode(to: encoder)
  }

  /// Writes the table to the output and the JSON to the file; with `-` the JSON alone, to the output.
  ///
  /// Throws ``InputError`` if the file cannot be written.
  func write(to file: String?) throws {
    guard let file else { return Terminal.write(BenchText.text(of: self)) }
    guard file != "-" else { return try JSONOutput.write(self) }
    Terminal.write(BenchText.text(of: self))
    let bytes = try JSONOutput.bytes(self) + [UInt8(ascii: "\n")]
    guard let stream = fopen(file, "w") else { throw Self.cannotWrite(file) }
    let written = fwrite(bytes, 1, bytes.count, stream)
    guard fclose(stream) == 0, written == bytes.count else { throw Self.cannotWrite(file) }
  }

  private static func cannotWrite(_ file: String) -> InputError {
    InputError(message: "cannot write '\(file)': \(String(cString: strerror(errno)))")
  }
}
