import QueueCore
import Versions
import ZeroMQ

/// Predictions that are remembered: what a client gets is left for the services too, shared and not copied.
extension BrokerLoop {
  /// Bytes of an answer that is left for the services; longer ones are counted and not remembered.
  private static let observedBytes = 1 << 20

  mutating func observe(_ reply: WorkerReply, payload: PayloadRef) {
    guard reply.status == .ok, reply.contentType == .json || reply.contentType == .tensors,
      let join = self.directory[reply.session]?.join, self.observed.contains(join.model)
    else { return }
    guard self.byteCount(of: payload.chain) <= Self.observedBytes else {
      self.counters.predictionsTooLarge += 1
      return
    }
    var parts: [Frame] = []
    var part = payload.chain
    while let current = part {
      parts.append(self.arena.frame(sharing: current))
      part = self.arena.next(after: current)
    }
    self.inbox.put(
      ObservedPrediction(
        id: PredictionID(self.instance &+ reply.number), model: join.model, version: join.version, epoch: reply.epoch,
        contentType: reply.contentType, parts: parts))
  }
}
