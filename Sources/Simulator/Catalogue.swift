import QueueCore

/// What is served in a world, and what clients ask for.
enum Catalogue {
  /// The model and version with this number.
  static func names(_ number: Int, _ options: Options) -> (model: String, version: String) {
    ("model-\(number / options.versionsPerModel)", "\(number % options.versionsPerModel + 1)")
  }

  /// The one alias that is given to versions.
  static let alias = "champion"

  /// The versions of a model.
  static func versions(of model: String, _ options: Options) -> [String] {
    (0..<options.versions).map { Self.names($0, options) }.filter { $0.model == model }.map(\.version)
  }

  /// A request without its payload.
  static func request(in stage: inout Stage) -> ClientSession.Request {
    let options = stage.options
    var (model, version) = Self.names(stage.random.below(options.versions), options)
    if stage.random.percent(options.unknownPercent) {
      if stage.random.percent(50) { model = "nobody-knows" } else { version = "99" }
    } else if !stage.random.percent(options.pinnedPercent) {
      version = ""
    }
    let requestClass = RequestClass(rawValue: UInt8(stage.random.weighted(options.classWeights))) ?? .online
    let contentType = stage.random.one(of: ContentType.allCases)
    if options.isRouted, version.isEmpty, stage.random.percent(3) { version = Self.alias }
    var key = ""
    if options.keyPercent > 0, stage.random.percent(options.keyPercent) {
      key = "key-\(stage.random.below(options.keys))"
    }
    return ClientSession.Request(
      model: model, selector: version, routingKey: key, requestClass: requestClass, contentType: contentType,
      timeoutMicroseconds: Self.timeout(in: &stage), parts: 0, payload: .none)
  }

  private static func timeout(in stage: inout Stage) -> Int64 {
    switch stage.random.weighted(stage.options.timeoutWeights) {
    case 0: RequestHeader.noTimeout
    case 1: 0
    case 2: Int64(stage.random.within(1...3000))
    case 3: Int64(stage.random.within(3000...500_000))
    default: Int64(stage.random.within(500_000...20_000_000))
    }
  }

  /// What no client should send; `requests` are some that the client made.
  static func rudeness(to requests: [RequestID], in stage: inout Stage) -> Message {
    let id = requests.isEmpty ? RequestID(7) : stage.random.one(of: requests)
    let (model, version) = Self.names(0, stage.options)
    let header = RequestHeader.encode(
      request: id, timeoutMicroseconds: stage.random.one(of: [-1, 1, 1000, .max]), requestClass: .online,
      contentType: .json, parts: stage.random.below(3), model: model, selector: version)
    switch stage.random.below(7) {
    case 0: return []
    case 1: return [(0..<stage.random.below(64)).map { _ in UInt8(truncatingIfNeeded: stage.random.next()) }]
    case 2: return [Array(header.prefix(stage.random.below(header.count)))]
    case 3: return [header]
    case 4: return [header, [1], [2]]
    case 5: return [SessionHeader(.heartbeat, session: SessionID(1)).encoded.array]
    default: return [CancelHeader(request: id).encoded.array, header]
    }
  }
}
