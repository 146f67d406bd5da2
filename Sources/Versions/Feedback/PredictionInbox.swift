public import QueueCore
import Synchronization
public import ZeroMQ

/// A prediction that a client has just got, on its way from the loop to those who remember it.
public struct ObservedPrediction: Sendable {
  /// Its id.
  public var id: PredictionID
  /// The model that made it.
  public var model: String
  /// The version that made it.
  public var version: String
  /// The epoch of the model's route when its request was taken on.
  public var epoch: UInt32
  /// How the parts are to be read.
  public var contentType: ContentType
  /// What was answered, shared with the message that the client gets.
  public var parts: [Frame]

  /// Describes a prediction.
  public init(
    id: PredictionID, model: String, version: String, epoch: UInt32, contentType: ContentType, parts: [Frame]
  ) {
    self.id = id
    self.model = model
    self.version = version
    self.epoch = epoch
    self.contentType = contentType
    self.parts = parts
  }
}

/// Where the loop leaves predictions. It never waits: what has no room is dropped and counted.
public final class PredictionInbox: Sendable {
  private struct State {
    var waiting: [ObservedPrediction] = []
    var dropped = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// Makes an inbox with room for so many predictions.
  public init(limit: Int = 4096) {
    self.limit = limit
  }

  /// Leaves a prediction, if there is room.
  public func put(_ prediction: ObservedPrediction) {
    self.state.withLock { state in
      if state.waiting.count < self.limit {
        state.waiting.append(prediction)
      } else {
        state.dropped += 1
      }
    }
  }

  /// Takes out what has come, oldest first.
  func takeAll() -> [ObservedPrediction] {
    self.state.withLock { state in
      var taken: [ObservedPrediction] = []
      swap(&taken, &state.waiting)
      return taken
    }
  }

  /// Predictions for which there was no room.
  var dropped: Int { self.state.withLock { $0.dropped } }
}
