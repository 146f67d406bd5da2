import AuguryClient
import QueueCore
import Tensors
import ZeroMQ

/// Compares what shadow versions say with what clients were told, beside the loop, and counts how often it is the same.
actor ShadowComparisons {
  /// A shadow version, whichever version its answers are compared with.
  private struct Subject: Hashable {
    var model: String
    var shadow: String
  }

  private let quota: ShadowQuota
  private let parser = TensorReplyParser()
  private var counts: [Subject: AgreementStatus] = [:]

  init(quota: ShadowQuota) {
    self.quota = quota
  }

  /// Compares one pair.
  func take(_ pair: ShadowPair) {
    defer { self.quota.giveBack() }
    let subject = Subject(model: pair.model, shadow: pair.shadow.version)
    var counts = self.counts[subject] ?? AgreementStatus()
    defer { self.counts[subject] = counts }
    guard pair.primary.status == .ok, pair.shadow.status == .ok else {
      counts.failed += 1
      return
    }
    switch self.agreement(pair) {
    case .agreed: counts.agreed += 1
    case .differed(let difference):
      counts.differed += 1
      counts.lastDifference = "prediction \(pair.prediction) of version \(pair.primary.version): \(difference)"
    case nil: counts.incomparable += 1
    }
  }

  /// How often a shadow version's answers were the given ones; nil if none has been compared.
  func agreement(model: String, shadow: String) -> AgreementStatus? {
    self.counts[Subject(model: model, shadow: shadow)]
  }

  /// Adds what is known of each shadow target to a status.
  func complete(_ status: inout ClusterStatus) {
    for route in status.routes.indices {
      let model = status.routes[route].model
      for shadow in status.routes[route].shadows.indices {
        let subject = Subject(model: model, shadow: status.routes[route].shadows[shadow].version)
        if let counts = self.counts[subject] { status.routes[route].shadows[shadow].agreement = counts }
      }
    }
  }

  /// Nil if the answers cannot be compared.
  private func agreement(_ pair: ShadowPair) -> Agreement? {
    guard let parts = pair.shadow.parts, let expected = pair.primary.parts,
      pair.shadow.contentType == pair.primary.contentType
    else { return nil }
    switch pair.primary.contentType {
    case .json:
      guard parts.count == 1, expected.count == 1 else { return nil }
      return Agreement.ofJSON(Self.bytes(parts[0]), reference: Self.bytes(expected[0]))
    case .tensors:
      guard let outputs = self.outputs(parts), let reference = self.outputs(expected) else { return nil }
      return Agreement.of(outputs, reference: reference)
    case .octets, .jsonLines:
      // Only the model knows what other bytes mean.
      return parts.map(Self.bytes) == expected.map(Self.bytes) ? .agreed : nil
    }
  }

  private func outputs(_ parts: [Frame]) -> [NamedTensor]? {
    guard let head = parts.first else { return nil }
    do throws(TensorError) {
      return try self.parser.parseReply(head.bytes, parts: parts.dropFirst().map { TensorBuffer(FrameBytes($0)) })
        .outputs
    } catch {
      return nil
    }
  }

  private static func bytes(_ frame: Frame) -> [UInt8] { frame.withUnsafeBytes { [UInt8]($0) } }
}
