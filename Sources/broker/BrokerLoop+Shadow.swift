import QueueCore
import Synchronization
import ZeroMQ

/// Requests and their copies: what both ended with meets here and goes to the services, which compare it.
extension BrokerLoop {
  /// Bytes of an answer that are kept to be compared; of longer ones only the status and times are.
  private static let comparedBytes = 256 << 10

  /// One side has ended: kept, or passed on if the other side has too.
  mutating func keep(_ outcome: ShadowOutcome, payload: PayloadRef) {
    let side = KeptOutcome(outcome: outcome, parts: self.shared(payload))
    guard let other = self.comparisons.removeValue(forKey: outcome.comparison) else {
      self.comparisons[outcome.comparison] = side
      return
    }
    guard self.shadowQuota.take() else {
      self.counters.comparisonsDropped += 1
      return
    }
    let (primary, shadow) = outcome.side == .primary ? (side, other) : (other, side)
    self.report(
      .shadow(
        ShadowPair(
          model: self.core.catalog.names(of: outcome.version).model, epoch: outcome.epoch,
          prediction: PredictionID(self.instance &+ outcome.comparison.number), primary: self.side(primary),
          shadow: self.side(shadow))))
  }

  private func side(_ kept: KeptOutcome) -> ShadowPair.Side {
    ShadowPair.Side(
      version: self.core.catalog.names(of: kept.outcome.version).version, status: kept.outcome.status,
      contentType: kept.outcome.contentType, latencyMicroseconds: kept.outcome.latencyMicroseconds,
      computeMicroseconds: kept.outcome.computeMicroseconds, parts: kept.parts)
  }

  /// The payload's parts, shared and not copied; nil if they are too long.
  private mutating func shared(_ payload: PayloadRef) -> [Frame]? {
    guard self.byteCount(of: payload.chain) <= Self.comparedBytes else { return nil }
    var parts: [Frame] = []
    var part = payload.chain
    while let current = part {
      parts.append(self.arena.frame(sharing: current))
      part = self.arena.next(after: current)
    }
    return parts
  }
}

/// One side of a comparison, until the other one has ended.
struct KeptOutcome {
  var outcome: ShadowOutcome
  var parts: [Frame]?
}

/// A request and its copy, both ended.
struct ShadowPair: Sendable {
  /// How one of them ended.
  struct Side: Sendable {
    var version: String
    var status: StatusCode
    var contentType: ContentType
    /// Microseconds from acceptance to the end.
    var latencyMicroseconds: UInt64
    /// Microseconds of the engine call.
    var computeMicroseconds: UInt32
    /// What was answered; nil if that is too long to be compared.
    var parts: [Frame]?
  }

  var model: String
  /// The epoch of the model's route.
  var epoch: UInt32
  /// The prediction that the client got.
  var prediction: PredictionID
  var primary: Side
  var shadow: Side
}

/// How many pairs may be with the services at once, so that services which do not keep up cost pairs and not memory.
final class ShadowQuota: Sendable {
  private let free: Atomic<Int>

  init(limit: Int = 256) {
    self.free = Atomic(limit)
  }

  /// Takes a place; false if there is none.
  func take() -> Bool {
    if self.free.subtract(1, ordering: .relaxed).newValue >= 0 { return true }
    self.free.add(1, ordering: .relaxed)
    return false
  }

  func giveBack() {
    self.free.add(1, ordering: .relaxed)
  }
}
