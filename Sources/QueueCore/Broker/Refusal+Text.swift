extension Refusal {
  /// One line for people: what was wrong, and what was expected.
  ///
  /// - Parameters:
  ///   - model: the model's name as the client wrote it; cut and escaped before it is repeated.
  ///   - selector: the version or alias as the client wrote it, empty if it left the choice to the broker.
  ///   - catalog: the names of what is known.
  ///   - worker: the name of the worker that has or had this session.
  public func message(
    model: String, selector: String, catalog: Catalog, worker: (SessionID) -> String
  ) -> String {
    switch self {
    case .unknownModel:
      Self.unknownModel(model, catalog)
    case .unknownVersion(let known):
      Self.unknownVersion(known, selector, catalog)
    case .payloadTooLarge(let bytes, let limit):
      "payload of \(bytes) bytes; the limit is \(limit)"
    case .versionQueueFull, .versionQueueShare, .brokerFull, .memoryFull, .clientFull:
      self.limitMessage(catalog)
    case .deadlinePassedOnArrival, .deadlineUnreachable, .expiredInQueue, .expiredAtWorker:
      self.deadlineMessage(catalog, worker)
    case .noWorker, .noWorkerForRoute, .noWorkerForModel, .noBulkCredit:
      self.absenceMessage(catalog)
    case .poisoned(let first, let second, let third):
      Self.poisoned([first, second, third].filter { $0.rawValue != 0 }.map(worker))
    case .cancelled:
      "the client gave the request up"
    case .shuttingDown:
      "the broker is stopping and takes no new requests; try again when it is back"
    }
  }

  private func limitMessage(_ catalog: Catalog) -> String {
    switch self {
    case .versionQueueFull(let version, let limit):
      "\(catalog.label(of: version)) has \(limit) requests waiting, the limit"
    case .versionQueueShare(let version, let waiting, let limit):
      "\(catalog.label(of: version)) has almost \(limit) requests waiting, the limit, "
        + "\(Self.told(waiting)) or more of them this client's; others go first"
    case .brokerFull(let limit):
      "the broker holds \(limit) requests, the limit"
    case .memoryFull(let limit):
      "with this payload the broker would hold more than \(limit) bytes, the limit"
    case .clientFull(let limit):
      "this client has \(limit) requests outstanding, the limit"
    default: preconditionFailure("Cannot name a limit when the refusal is \(self.reason)")
    }
  }

  private func deadlineMessage(_ catalog: Catalog, _ worker: (SessionID) -> String) -> String {
    switch self {
    case .deadlinePassedOnArrival:
      "the time-out of 0 µs had passed on arrival; expected 1 µs or more, or none"
    case .deadlineUnreachable(let version, let estimated):
      "what goes before it for \(catalog.label(of: version)) leaves too little time; expected a time-out of "
        + "\(Self.time(microseconds: estimated)) or more"
    case .expiredInQueue(let version):
      "the deadline passed while the request waited for a worker of \(catalog.label(of: version))"
    case .expiredAtWorker(let version, let session):
      "the deadline passed while worker \(worker(session)) had the request for \(catalog.label(of: version))"
    default: preconditionFailure("Cannot name a deadline when the refusal is \(self.reason)")
    }
  }

  private func absenceMessage(_ catalog: Catalog) -> String {
    switch self {
    case .noWorker(let version, let absentMilliseconds):
      "no worker serves \(catalog.label(of: version)), for \(Self.time(milliseconds: absentMilliseconds)) now; "
        + Self.howToStart(version, catalog)
    case .noWorkerForRoute(let version, let epoch, let absentMilliseconds):
      "no worker serves \(catalog.label(of: version)), for \(Self.time(milliseconds: absentMilliseconds)) now; "
        + "the route of model \"\(catalog.names(of: version).model)\", epoch \(epoch), sends this request there and "
        + "has no fallback; \(Self.howToStart(version, catalog)), or change the route"
    case .noWorkerForModel(let model):
      "no worker serves any version of model \"\(catalog.name(of: model))\"; "
        + "its versions: \(Self.list(catalog.versionNames(of: model)))"
        + (catalog.versions(of: model).first.map { "; " + Self.howToStart($0, catalog) } ?? "")
    case .noBulkCredit(let version):
      "no worker of \(catalog.label(of: version)) takes requests of class "
        + "\(RequestClass.batch.name) or \(RequestClass.tuning.name); expected one that grants bulk credit"
    default: preconditionFailure("Cannot name an absence when the refusal is \(self.reason)")
    }
  }

  private static func unknownModel(_ model: String, _ catalog: Catalog) -> String {
    let known = catalog.modelNames
    guard !known.isEmpty else {
      return "no model \(Self.quoted(model)); no model is known, start a worker that serves it"
    }
    return "no model \(Self.quoted(model)); known models: \(Self.list(known))"
  }

  private static func unknownVersion(_ model: ModelID, _ selector: String, _ catalog: Catalog) -> String {
    let aliases = catalog.aliasNames(of: model)
    return "model \"\(catalog.name(of: model))\" has no version or alias \(Self.quoted(selector)); "
      + "its versions: \(Self.list(catalog.versionNames(of: model)))"
      + (aliases.isEmpty ? "" : "; its aliases: \(Self.list(aliases))")
  }

  /// The sessions of a request whose attempts ran out are all empty when its workers left instead of dying.
  private static func poisoned(_ workers: [String]) -> String {
    switch workers.count {
    case 0: "no worker kept this request to its end; it is not tried again"
    case 1: "worker \(workers[0]) died with this request in hand; it is not tried again"
    default: "workers \(Self.list(workers)) died with this request in hand; it is not tried again"
    }
  }

  private static func howToStart(_ version: VersionID, _ catalog: Catalog) -> String {
    let names = catalog.names(of: version)
    return "start one with: worker --model \(names.model) --version \(names.version) …"
  }
}

// MARK: Parts of sentences

extension Refusal {
  /// Names after which a list is cut.
  private static let listedNames = 20
  /// Bytes after which a client's own words are cut.
  private static let quotedBytes = Names.maximumBytes

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(Self.listedNames).joined(separator: ", ")
    return names.count > Self.listedNames ? "\(shown) and \(names.count - Self.listedNames) more" : shown
  }

  /// A client's own words: in quotes, on one line, and not long, whatever they are.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    var bytes = 0
    for scalar in text.unicodeScalars {
      bytes += UTF8.width(scalar)
      guard bytes <= Self.quotedBytes else {
        quoted += "…"
        break
      }
      quoted += Self.escaped(scalar)
    }
    return quoted + "\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: "\\u{\(String(scalar.value, radix: 16))}"
    default: scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : String(scalar)
    }
  }

  private static func time(microseconds: UInt64) -> String {
    microseconds < 1000 ? "\(microseconds) µs" : Self.time(milliseconds: microseconds / 1000)
  }

  private static func time(milliseconds: UInt64) -> String {
    milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }
}
