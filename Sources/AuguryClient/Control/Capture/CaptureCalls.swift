/// What `capture.set` takes: which share of a model's predictions is captured, and how much of that is kept.
public struct CaptureSettings: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The share of its predictions, above 0 and up to 1.
  public var share: Double
  /// All segments together, in bytes; nil for 1 GiB. The oldest go first.
  public var maximumBytes: Int?
  /// The greatest segment, in bytes; nil for 64 MiB, or a quarter of the whole if that is less.
  public var segmentBytes: Int?
  /// Seconds after which a segment is closed; nil for an hour.
  public var segmentSeconds: Double?

  /// Says what is to be captured.
  public init(
    model: String, share: Double, maximumBytes: Int? = nil, segmentBytes: Int? = nil, segmentSeconds: Double? = nil
  ) {
    self.model = model
    self.share = share
    self.maximumBytes = maximumBytes
    self.segmentBytes = segmentBytes
    self.segmentSeconds = segmentSeconds
  }

  enum CodingKeys: String, CodingKey {
    case model
    case share
    case maximumBytes = "max_bytes"
    case segmentBytes = "segment_bytes"
    case segmentSeconds = "segment_seconds"
  }
}

/// What `capture.status` answers.
public struct CaptureStatus: Codable, Hashable, Sendable {
  /// A model whose predictions are captured, or of which there is captured data.
  public struct Model: Codable, Hashable, Sendable {
    /// The model's name.
    public var model: String
    /// How it is captured; nil if it is not any more.
    public var settings: CaptureSettings?
    /// Files of captured data.
    public var segments: Int
    /// Their size.
    public var bytes: Int
    /// Predictions in them.
    public var records: Int
    /// Predictions written since the broker's start.
    public var written: Int
    /// Predictions that were to be captured and are not in the data, since the broker's start, by reason.
    public var dropped: [String: Int]
    /// Torn lines that the broker found, and cut off, when it started.
    public var tornLines: Int

    /// Makes a model's status.
    public init(
      model: String, settings: CaptureSettings?, segments: Int, bytes: Int, records: Int, written: Int,
      dropped: [String: Int], tornLines: Int
    ) {
      self.model = model
      self.settings = settings
      self.segments = segments
      self.bytes = bytes
      self.records = records
      self.written = written
      self.dropped = dropped
      self.tornLines = tornLines
    }

    enum CodingKeys: String, CodingKey {
      case model
      case settings
      case segments
      case bytes
      case records
      case written
      case dropped
      case tornLines = "torn_lines"
    }
  }

  /// The models, in alphabetical order.
  public var models: [Model]

  /// Makes a status.
  public init(models: [Model]) {
    self.models = models
  }
}

/// A place in a model's captured data.
public struct CapturePosition: Codable, Hashable, Sendable {
  /// The segment's number.
  public var segment: Int
  /// Bytes from its beginning.
  public var offset: Int

  /// Names a place.
  public init(segment: Int, offset: Int) {
    self.segment = segment
    self.offset = offset
  }
}

/// What `capture.export` takes: which captured predictions are wanted, and from which place on.
public struct CaptureQuery: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// Only those of this version.
  public var version: String?
  /// Only those answered at this time or later, in seconds since 1970.
  public var since: Double?
  /// Where to go on, as the page before said; nil for the beginning.
  public var position: CapturePosition?

  /// Asks for captured predictions.
  public init(model: String, version: String? = nil, since: Double? = nil, position: CapturePosition? = nil) {
    self.model = model
    self.version = version
    self.since = since
    self.position = position
  }
}

/// What `capture.export` answers: a part of the captured predictions, oldest first.
public struct CapturePage: Codable, Hashable, Sendable {
  /// A JSON object each, with the truth where it has been given; there may be none on a page.
  public var records: [String]
  /// Where the next page begins; nil after the last one.
  public var next: CapturePosition?
  /// Segments that were deleted to make room since the page before, with what they held.
  public var deletedSegments: Int
  /// Lines that are no records.
  public var unreadable: Int

  /// Makes a page.
  public init(records: [String] = [], next: CapturePosition? = nil, deletedSegments: Int = 0, unreadable: Int = 0) {
    self.records = records
    self.next = next
    self.deletedSegments = deletedSegments
    self.unreadable = unreadable
  }

  enum CodingKeys: String, CodingKey {
    case records
    case next
    case deletedSegments = "deleted_segments"
    case unreadable
  }
}

extension AuguryClient {
  /// Has a share of a model's predictions captured, or changes how, and returns the settings with what was left out.
  ///
  /// Throws ``PredictionError``, `INVALID_ARGUMENT` for a share or bound that makes no sense.
  @discardableResult
  public func capture(_ settings: CaptureSettings) async throws(PredictionError) -> CaptureSettings {
    try await self.control(ControlMethod.setCapture, settings)
  }

  /// Ends the capture of a model's predictions. What has been captured stays.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if they were not captured.
  public func stopCapture(of model: String) async throws(PredictionError) {
    let _: ModelFilter = try await self.control(ControlMethod.stopCapture, ModelFilter(model: model))
  }

  /// What is captured, of all models.
  ///
  /// Throws ``PredictionError``.
  public func captureStatus() async throws(PredictionError) -> CaptureStatus {
    try await self.control(ControlMethod.captureStatus, NoArguments())
  }

  /// A page of captured predictions.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if nothing was ever captured of the model.
  public func capturedPredictions(_ query: CaptureQuery) async throws(PredictionError) -> CapturePage {
    try await self.control(ControlMethod.exportCapture, query)
  }
}
