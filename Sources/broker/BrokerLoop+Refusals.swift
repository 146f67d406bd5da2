import QueueCore
import ZeroMQ

/// Requests that get no prediction, and the parts that say why.
extension BrokerLoop {
  mutating func sendRefusal(
    _ refusal: Refusal, _ request: RequestID, attempts: UInt8, to client: PeerID, more: Bool
  ) throws(ZMQError) {
    let header = ReplyHeader(
      request: request, status: refusal.status, attempts: attempts, parts: 1,
      retryAfterMilliseconds: refusal.retryAfterMilliseconds)
    try self.proceed(self.frontend.send(header.encoded.bytes, more: true))
    if let part = self.sharedDetail(of: refusal) {
      try self.proceed(self.arena.sendCopy(part, to: self.frontend, more: more))
      return
    }
    let words = self.unknownNames.first { $0.client == client && $0.request == request }
    let detail = self.detail(of: refusal, model: words?.model ?? "", selector: words?.selector ?? "")
    try self.proceed(self.frontend.send(detail.encoded.span.bytes, more: more))
  }

  private func detail(of refusal: Refusal, model: String = "", selector: String = "") -> ErrorDetail {
    let message = refusal.message(
      model: model, selector: selector, catalog: self.core.catalog, worker: { self.directory.name(of: $0) })
    return ErrorDetail(reason: refusal.reason, message: message)
  }

  /// The part with these words, made with the first such refusal; nil if they differ from request to request, or if
  /// there is no room for it.
  private mutating func sharedDetail(of refusal: Refusal) -> PartRef? {
    guard let words = refusal.sharedWords else { return nil }
    if let known = self.refusalParts[words] { return known }
    guard let part = self.keep(self.detail(of: words).encoded) else { return nil }
    for outdated in self.refusalParts.add(part, for: words) { self.arena.release(outdated) }
    return part
  }
}

/// The error parts of refusals that many requests get, kept in the arena and shared by their replies: who is overloaded
/// has no time to write the same words again and again.
struct RefusalParts {
  /// Parts that are kept; with one more, all of them are made anew.
  private static let limit = 128

  private var parts: [Refusal: PartRef] = [:]

  subscript(refusal: Refusal) -> PartRef? { self.parts[refusal] }

  /// Keeps a part and returns those that are no longer kept, to be released.
  mutating func add(_ part: PartRef, for refusal: Refusal) -> [PartRef] {
    var outdated: [PartRef] = []
    if self.parts.count >= Self.limit {
      outdated = Array(self.parts.values)
      self.parts.removeAll(keepingCapacity: true)
    }
    self.parts[refusal] = part
    return outdated
  }
}
