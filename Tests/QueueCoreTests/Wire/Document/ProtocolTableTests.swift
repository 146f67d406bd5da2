import QueueCore
import Testing

/// The tables of numbers and names say the same as the code, in both directions.
@Suite("Tables of the protocol's document")
struct ProtocolTableTests {
  let document: ProtocolDocument

  init() throws {
    self.document = try ProtocolDocument.shared.get()
  }

  @Test("Every command stands in the table with its code and direction, and nothing else does")
  func commands() throws {
    let documented = try self.document.table("Commands", columns: 4).map { "\($0[0]) \($0[1]) \($0[2])" }
    let coded = Command.allCases.map { "\(Self.hex($0.rawValue)) \($0.name) \(Self.direction($0))" }
    #expect(documented == coded)
  }

  @Test("Every class stands in the table with its number and lane, and nothing else does")
  func classes() throws {
    let documented = try self.document.table("Classes", columns: 4).map { "\($0[0]) \($0[1]) \($0[2])" }
    #expect(documented == RequestClass.allCases.map { "\($0.rawValue) \($0.name) \($0.lane)" })
  }

  @Test("Every content type stands in the table with its number and media type, and nothing else does")
  func contentTypes() throws {
    let documented = try self.document.table("Content types", columns: 4).map { "\($0[0]) \($0[1]) \($0[2])" }
    #expect(documented == ContentType.allCases.map { "\($0.rawValue) \($0) `\($0.mediaType)`" })
  }

  @Test("Every status code stands in the table with its number, and nothing else does")
  func statusCodes() throws {
    let table = try self.document.table("Status codes", columns: 3)
    #expect(table.map { "\($0[0]) \($0[1])" } == StatusCode.allCases.map { "\($0.rawValue) \($0.name)" })
    #expect(table.allSatisfy { !$0[2].isEmpty })
    for code in StatusCode.allCases { #expect(StatusCode(name: code.name) == code) }
  }

  @Test("Every refusal of the broker stands in the table with its status and its wait, and nothing else does")
  func refusals() throws {
    let documented = try self.document.table("Refusals by the broker", columns: 4).map { "\($0[0]) \($0[1]) \($0[2])" }
    let coded = RefusalSamples.all.map { "\($0.reason) \($0.status.name) \($0.retryAfterMilliseconds)" }
    #expect(Set(documented) == Set(coded))
    #expect(documented.count == Set(documented).count)
  }

  @Test("Every dismissal of a worker stands in the table with its status, and nothing else does")
  func dismissals() throws {
    let documented = try self.document.table("Dismissals of workers", columns: 3).map { "\($0[0]) \($0[1])" }
    #expect(Set(documented) == Set(DisconnectReason.allCases.map { "\($0.reason) \($0.status.name)" }))
    #expect(documented.count == DisconnectReason.allCases.count)
  }

  @Test(
    "Every other reason has a status that exists, and is listed once",
    arguments: ["Other reasons", "Reasons of workers", "Reasons of batch jobs"])
  func otherReasons(heading: String) throws {
    let rows = try self.document.table(heading, columns: 3)
    #expect(Set(rows.map { $0[0] }).count == rows.count)
    for row in rows { #expect(StatusCode(name: row[1]) != nil, "\(row)") }
  }

  @Test("The limits and times in the tables are the defaults")
  func limits() throws {
    let limits = Limits()
    let timing = Timing()
    let documented = try self.document.table("12. Limits and times", columns: 2).map { ($0[0], Self.number($0[1])) }
    let coded = [
      "payload of a request": limits.payloadBytes, "content parts of a unit": Prefix.maximumContentParts,
      "bytes of a name": Names.maximumBytes, "requests waiting for a version": limits.queuedPerVersion,
      "requests in the broker": limits.requests, "bytes held for them": limits.heldBytes,
      "outstanding requests of a client": limits.outstandingPerClient, "workers": limits.workers,
      "versions known": limits.versions, "credit of a worker in a lane": limits.credit,
      "bytes of a routing key": RoutingKey.maximumBytes,
      "max attempts": limits.maxAttempts, "max attempts of batch and tuning requests": limits.batchMaxAttempts,
      "batch lease": Int(timing.batchLeaseMilliseconds),
      "heartbeat interval of the broker": Int(timing.heartbeatMilliseconds),
      "liveness of the broker": Int(timing.liveness),
      "grace for a version without workers": Int(timing.orphanGraceMilliseconds),
      // Not the core's: the broker's loop and the worker keep these.
      "parts of a message": 1024, "instances of a request": 65_536,
    ]
    #expect(Dictionary(uniqueKeysWithValues: documented) == coded)
  }

  /// The digits of a cell such as `8,388,608 bytes`.
  private static func number(_ cell: String) -> Int? {
    Int(cell.prefix { $0.isNumber || $0 == "," }.filter(\.isNumber))
  }

  private static func hex(_ byte: UInt8) -> String {
    "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  private static func direction(_ command: Command) -> String {
    switch command {
    case .request, .cancel, .control, .ping: "client → broker"
    case .join, .ready, .result, .heartbeat, .draining, .goodbye: "worker → broker"
    case .reply, .pong: "broker → client"
    case .welcome, .work, .cancelWork, .brokerHeartbeat, .drain, .disconnect: "broker → worker"
    }
  }
}

/// A refusal of every kind.
enum RefusalSamples {
  static let all: [Refusal] = {
    let version = VersionID(0)
    let session = SessionID(1)
    var catalog = Catalog()
    _ = catalog.intern(model: "m", version: "1")
    var refusals: [Refusal] = [
      .unknownModel, .payloadTooLarge(bytes: 2, limit: 1), .deadlinePassedOnArrival,
      .deadlineUnreachable(version, estimatedMicroseconds: 1), .expiredInQueue(version),
      .expiredAtWorker(version, session), .cancelled, .noWorker(version, absentMilliseconds: 1),
      .noWorkerForRoute(version, epoch: 1, absentMilliseconds: 1),
      .versionQueueFull(version, limit: 1), .versionQueueShare(version, waiting: 1, limit: 1), .brokerFull(limit: 1),
      .memoryFull(limit: 1), .clientFull(limit: 1),
      .poisoned(session, session, session), .shuttingDown, .noBulkCredit(version),
    ]
    let model = Array("m".utf8)
    if case .model(let id) = catalog.target(model: model.span.bytes, selector: [UInt8]().span.bytes) {
      refusals += [.unknownVersion(model: id), .noWorkerForModel(id)]
    }
    precondition(refusals.count == Self.count(of: .unknownModel), "every kind of refusal has a sample")
    return refusals
  }()

  /// How many kinds there are. The switch is here so that a new one does not compile until it has its sample above.
  private static func count(of refusal: Refusal) -> Int {
    switch refusal {
    case .unknownModel, .unknownVersion, .payloadTooLarge, .deadlinePassedOnArrival, .deadlineUnreachable,
      .expiredInQueue, .expiredAtWorker, .cancelled, .noWorker, .noWorkerForRoute, .noWorkerForModel, .versionQueueFull,
      .versionQueueShare, .brokerFull, .memoryFull, .clientFull, .poisoned, .shuttingDown, .noBulkCredit:
      19
    }
  }
}
