import QueueCore
import Versions
import ZeroMQ

/// Predictions that are remembered: what a client gets is left for the services too, shared and not copied.
extension BrokerLoop {
  /// Bytes of an answer that is left for the services; longer ones are counted and not remembered.
  private static let observedBytes = 1 << 20

  mutating func observe(_ reply: WorkerReply, payload: PayloadRef) {
    guard reply.status == .ok, reply.contentType == .json || reply.contentType == .tensors,
      let entry = self.directory[reply.session]
    else { return }
    let names = self.core.catalog.names(of: entry.version)
    guard self.observed.contains(names.model) else { return }
    guard self.byteCount(of: payload.chain) <= Self.observedBytes else {
      self.counters.predictionsTooLarge += 1
      return
    }
    self.inbox.put(
      ObservedPrediction(
        id: PredictionID(self.instance &+ reply.number), model: names.model, version: names.version, epoch: reply.epoch,
        contentType: reply.contentType, parts: self.frames(sharing: payload)))
  }
}
