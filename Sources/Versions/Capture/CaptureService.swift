public import AuguryClient
import QueueCore
public import Store

/// Captures predictions: a sampled share of what models were asked and have answered, in files beside the store.
///
/// Runs on a thread of its own, because it reads and writes files.
public actor CaptureService {
  /// How often the inbox is emptied.
  private static let interval = Duration.milliseconds(100)

  private let executor = BlockingExecutor(label: "augury.capture")
  let store: any CaptureStore & FeedbackStore
  private let cluster: any VersionsCluster
  private let folder: String
  private let inbox: CaptureInbox
  private var settings: [String: CaptureSetting]
  private var writers: [String: SegmentWriter] = [:]
  private var hasRecovered = false
  private var lastWarnings: [String: String] = [:]

  /// Where it runs.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

  /// Makes the service.
  ///
  /// - Parameters:
  ///   - folder: Where each model has a folder of segments; made when it is needed.
  ///   - start: What the loop begins with, too.
  public init(
    store: any CaptureStore & FeedbackStore, cluster: any VersionsCluster, folder: String, start: CaptureStart
  ) {
    self.store = store
    self.cluster = cluster
    self.folder = folder
    self.inbox = start.inbox
    self.settings = Dictionary(start.settings.map { ($0.model, $0) }) { $1 }
  }

  /// Empties the inbox again and again until the task is cancelled.
  public func run() async {
    while !Task.isCancelled {
      self.writeDown()
      self.timePassed()
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Writes down what has come until now and closes all segments: the last call, once the loop has ended.
  public func finish() {
    self.writeDown()
    for model in self.writers.keys { self.warn(self.writers[model]?.close(), about: model) }
  }

  // MARK: Orders

  /// Has a share of a model's predictions captured. Throws ``PredictionError``, `INVALID_ARGUMENT`.
  public func set(_ order: CaptureSettings) async throws(PredictionError) -> CaptureSettings {
    try RegistrationCheck.expectName(order.model, "model")
    let setting = try Self.setting(order)
    let limits = try Self.limits(setting)
    try await translated { () throws(StoreError) in try await self.store.setCapture(setting) }
    self.recover()
    self.settings[order.model] = setting
    self.warn(self.writers[order.model]?.setLimits(limits), about: order.model)
    try self.tellLoop()
    return CaptureSettings(setting)
  }

  /// Ends the capture of a model's predictions. Throws ``PredictionError``, `NOT_FOUND` if they were not captured.
  public func stop(_ filter: ModelFilter) async throws(PredictionError) -> ModelFilter {
    let model = filter.model ?? ""
    guard try await translated({ () throws(StoreError) in try await self.store.removeCapture(of: model) }) else {
      throw PredictionError(
        .notFound, reason: "NOT_CAPTURED", message: "the predictions of model \"\(model)\" are not captured")
    }
    self.settings[model] = nil
    try self.tellLoop()
    self.writeDown()
    self.warn(self.writers[model]?.close(), about: model)
    return filter
  }

  private func tellLoop() throws(PredictionError) {
    var samplers: [String: CaptureSampler] = [:]
    for (model, setting) in self.settings {
      samplers[model] = try Self.checked { () throws(CaptureSettingsError) in try CaptureSampler(share: setting.share) }
    }
    self.cluster.capture(samplers)
  }

  /// What is captured.
  public func status() -> CaptureStatus {
    self.writeDown()
    let models = Set(self.settings.keys).union(self.writers.keys).sorted()
    return CaptureStatus(
      models: models.map { model in
        let writer = self.writers[model]
        let books = self.inbox.books(of: model)
        var dropped: [String: Int] = [:]
        for reason in CaptureDrop.allCases where books.drops[reason] > 0 {
          dropped[reason.rawValue] = Int(clamping: books.drops[reason])
        }
        return CaptureStatus.Model(
          model: model, settings: self.settings[model].map { CaptureSettings($0) },
          segments: writer?.log.segments.count ?? 0, bytes: Int(clamping: writer?.log.bytes ?? 0),
          records: Int(clamping: writer?.records ?? 0), written: Int(clamping: books.written), dropped: dropped,
          tornLines: writer?.tornLines ?? 0)
      })
  }

  // MARK: Writing

  /// Writes down what has come.
  func writeDown() {
    self.recover()
    for prediction in self.inbox.takeAll() {
      let line = CaptureRecord.line(of: prediction)
      guard let writer = self.writers[prediction.model] ?? self.newWriter(prediction.model) else {
        self.inbox.update(prediction.model) { $0.recordDropped(bytes: prediction.bytes, .writeFailed) }
        continue
      }
      guard line.count <= writer.log.limits.segmentBytes else {
        self.inbox.update(prediction.model) { $0.recordDropped(bytes: prediction.bytes, .recordTooLarge) }
        continue
      }
      let outcome = self.writers[prediction.model]?.append(line) ?? SegmentWriter.Outcome()
      self.inbox.update(prediction.model) { queue in
        if outcome.deletedRecords > 0 { queue.segmentDeleted(records: outcome.deletedRecords) }
        if outcome.isWritten {
          queue.recordWritten(bytes: prediction.bytes)
        } else {
          queue.recordDropped(bytes: prediction.bytes, .writeFailed)
        }
      }
      self.warn(outcome.error, about: prediction.model)
    }
  }

  private func timePassed() {
    for model in self.writers.keys { self.warn(self.writers[model]?.timePassed(), about: model) }
  }

  /// Takes stock of what brokers before have left. Once, before all else.
  private func recover() {
    guard !self.hasRecovered else { return }
    self.hasRecovered = true
    for model in SegmentFolder.models(in: self.folder) {
      guard let writer = self.newWriter(model), writer.tornLines > 0 else { continue }
      self.cluster.captureWarned(
        model: model, message: "\(writer.tornLines) torn lines were cut off the captured predictions")
    }
  }

  private func newWriter(_ model: String) -> SegmentWriter? {
    do throws(CaptureFileError) {
      let limits = self.settings[model].flatMap { try? Self.limits($0) } ?? Self.standardLimits
      let writer = try SegmentWriter(folder: SegmentFolder(of: model, in: self.folder), limits: limits)
      self.writers[model] = writer
      return writer
    } catch {
      self.warn(error, about: model)
      return nil
    }
  }

  /// Says what is wrong, but not the same thing with every prediction.
  private func warn(_ error: CaptureFileError?, about model: String) {
    guard let error, self.lastWarnings[model] != error.message else { return }
    self.lastWarnings[model] = error.message
    self.cluster.captureWarned(model: model, message: error.message)
  }

  /// A model's writer, if there is anything captured of it.
  func writer(of model: String) -> SegmentWriter? { self.writers[model] }
}
