public import QueueCore
public import Store
import Synchronization
public import ZeroMQ

/// What was asked, or what was answered: parts, shared with the messages that they are in.
public struct CapturedContent: Sendable {
  /// How the parts are to be read.
  public var contentType: ContentType
  /// The parts.
  public var parts: [Frame]

  /// Describes content.
  public init(contentType: ContentType, parts: [Frame]) {
    self.contentType = contentType
    self.parts = parts
  }
}

/// A prediction that is to be captured, on its way from the loop to the one who writes it down.
public struct CapturedPrediction: Sendable {
  /// Its id.
  public var id: PredictionID
  /// The model that made it.
  public var model: String
  /// That model's version.
  public var version: String
  /// The epoch of the model's route when its request was taken on.
  public var epoch: UInt32
  /// How it ended.
  public var status: StatusCode
  /// The probability with which it was chosen.
  public var probability: Double
  /// What was asked.
  public var input: CapturedContent
  /// What was answered.
  public var output: CapturedContent
  /// The bytes of both.
  public var bytes: UInt64
  /// When it was answered, in seconds since 1970.
  public var answeredAt: Double

  /// Describes a prediction that has just been answered.
  public init(
    id: PredictionID, model: String, version: String, epoch: UInt32, status: StatusCode, probability: Double,
    input: CapturedContent, output: CapturedContent, bytes: UInt64
  ) {
    self.id = id
    self.model = model
    self.version = version
    self.epoch = epoch
    self.status = status
    self.probability = probability
    self.input = input
    self.output = output
    self.bytes = bytes
    self.answeredAt = RegistryService.unixSeconds
  }
}

/// Where the loop leaves predictions that are to be captured. It never waits: what has no room is dropped and counted.
public final class CaptureInbox: Sendable {
  private struct Model {
    var queue: CaptureQueue
    var waiting: [CapturedPrediction] = []
  }

  private let empty: CaptureQueue
  private let models = Mutex<[String: Model]>([:])

  /// Makes an inbox with this room for each model.
  ///
  /// - Throws: ``CaptureSettingsError`` if nothing would have room.
  public init(
    maximumRecords: UInt64 = 4096, maximumBytes: UInt64 = 32 << 20, maximumRecordBytes: UInt64 = 1 << 20
  ) throws(CaptureSettingsError) {
    self.empty = try CaptureQueue(
      maximumRecords: maximumRecords, maximumBytes: maximumBytes, maximumRecordBytes: maximumRecordBytes)
  }

  /// Whether a prediction of a model with so many bytes has room, which is then kept for it: ``put(_:)`` must follow.
  public func takes(bytes: UInt64, of model: String) -> Bool {
    self.models.withLock { $0[model, default: Model(queue: self.empty)].queue.offer(bytes: bytes) == nil }
  }

  /// Leaves a prediction for which there is room.
  public func put(_ prediction: CapturedPrediction) {
    self.models.withLock { $0[prediction.model]?.waiting.append(prediction) }
  }

  /// Takes out what has come, in the order of the models' names, oldest first. Its room stays taken until its fate is
  /// told.
  func takeAll() -> [CapturedPrediction] {
    self.models.withLock { models in
      var taken: [CapturedPrediction] = []
      for name in models.keys.sorted() {
        taken += models[name]?.waiting ?? []
        models[name]?.waiting.removeAll()
      }
      return taken
    }
  }

  /// The books of a model.
  func books(of model: String) -> CaptureQueue {
    self.models.withLock { $0[model]?.queue ?? self.empty }
  }

  /// Writes into a model's books.
  func update(_ model: String, _ body: (inout CaptureQueue) -> Void) {
    self.models.withLock { body(&$0[model, default: Model(queue: self.empty)].queue) }
  }
}

/// What the loop and the service begin with: what was captured when the broker last ran is captured again.
public struct CaptureStart: Sendable {
  /// The settings in force.
  public let settings: [CaptureSetting]
  /// Which predictions of each model are chosen.
  public let samplers: [String: CaptureSampler]
  /// Where the loop leaves them.
  public let inbox: CaptureInbox

  /// Begins with stored settings. Throws ``CaptureSettingsError`` for a share that is none.
  public init(settings: [CaptureSetting], inbox: CaptureInbox? = nil) throws(CaptureSettingsError) {
    self.settings = settings
    var samplers: [String: CaptureSampler] = [:]
    for setting in settings { samplers[setting.model] = try CaptureSampler(share: setting.share) }
    self.samplers = samplers
    self.inbox = if let inbox { inbox } else { try CaptureInbox() }
  }
}
