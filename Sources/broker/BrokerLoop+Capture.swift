import QueueCore
import Versions
import ZeroMQ

/// Predictions that are captured: what was asked and what is answered is left for the service too, shared and not
/// copied.
extension BrokerLoop {
  mutating func capture(_ reply: WorkerReply, output: PayloadRef) {
    // The rows of batch jobs are in their files already.
    guard reply.inputContentType != .jsonLines, let entry = self.directory[reply.session] else { return }
    let names = self.core.catalog.names(of: entry.version)
    guard let sampler = self.captured[names.model] else { return }
    let id = PredictionID(self.instance &+ reply.number)
    guard sampler.isCaptured(predictionID: id.rawValue) else { return }
    let bytes = UInt64(self.byteCount(of: reply.input.chain) + self.byteCount(of: output.chain))
    guard self.captureInbox.takes(bytes: bytes, of: names.model) else { return }
    self.captureInbox.put(
      CapturedPrediction(
        id: id, model: names.model, version: names.version, epoch: reply.epoch, status: reply.status,
        probability: sampler.probability,
        input: CapturedContent(contentType: reply.inputContentType, parts: self.frames(sharing: reply.input)),
        output: CapturedContent(contentType: reply.contentType, parts: self.frames(sharing: output)), bytes: bytes))
  }

  /// A payload's parts, shared and not copied.
  mutating func frames(sharing payload: PayloadRef) -> [Frame] {
    var parts: [Frame] = []
    var part = payload.chain
    while let current = part {
      parts.append(self.arena.frame(sharing: current))
      part = self.arena.next(after: current)
    }
    return parts
  }
}
