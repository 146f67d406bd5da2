import AuguryClient
import Jobs
import QueueCore
import Synchronization
import ZeroMQ

/// A cluster in the test's own process.
///
/// A prediction shows the rows it was computed with, as the last bits of a real model's do. Rows speak for themselves:
/// one with `bad` in it is reported as bad, one with `poison` ends its worker, one with `fault` makes the model fail,
/// one with `lie` is answered twice.
final class FakeCluster: ChunkTransport {
  struct Behaviour {
    var versions = [ServedVersion(model: "digits", version: "1", digest: nil, isReady: true)]
    var digest: [UInt8] = []
    /// The version that answers, if it is not the one that was asked for.
    var impostor: String?
    /// Rows that would fail are predicted all the same, unless they have `still` in them.
    var isHealed = false
    /// Requests wait while this is set.
    var isHeld = false
    /// Fails every request.
    var failure: PredictionError?
    /// Fails one in so many requests, for no fault of their rows.
    var transientOneIn = 0
    var poisonOneIn = 0
    /// Chunks after which no further request is answered; those wait. Nil for no limit.
    var permits: Int?
    /// The version that nobody serves.
    var absent: String?
    /// Answers wait so many turns at most.
    var turns = 0
  }

  private struct State {
    var behaviour = Behaviour()
    var random = SplitMix64(seed: 1)
    var requests = 0
    var chunks = 0
    var versions: Set<String> = []
    var outstanding = 0
    var mostOutstanding = 0
  }

  private let state = Mutex(State())

  func change(_ body: (inout Behaviour) -> Void) {
    self.state.withLock { body(&$0.behaviour) }
  }

  /// Whether requests that come now would have to wait for ever.
  var isExhausted: Bool { self.state.withLock { $0.behaviour.permits == 0 } }
  /// Requests that were sent.
  var requests: Int { self.state.withLock { $0.requests } }
  /// Chunks that were sent, and parts of some.
  var chunks: Int { self.state.withLock { $0.chunks } }
  /// Requests that were under way at once, at most.
  var mostOutstanding: Int { self.state.withLock { $0.mostOutstanding } }
  /// Versions that were asked for.
  var versionsAsked: Set<String> { self.state.withLock { $0.versions } }

  func versions() async throws(PredictionError) -> [ServedVersion] {
    self.state.withLock { $0.behaviour.versions }
  }

  func predict(_ chunks: [Frame], model: String, version: String) async throws(PredictionError) -> ChunkReply {
    let turns = self.state.withLock { state in
      state.requests += 1
      state.chunks += chunks.count
      state.versions.insert(version)
      state.outstanding += 1
      state.mostOutstanding = max(state.mostOutstanding, state.outstanding)
      return Int.random(in: 0...state.behaviour.turns, using: &state.random)
    }
    defer { self.state.withLock { $0.outstanding -= 1 } }
    for _ in 0..<turns { await Task.yield() }
    while !self.takePermits(chunks.count), !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(1))
    }
    if Task.isCancelled { throw PredictionError(.cancelled, reason: "CANCELLED", message: "given up") }
    if self.state.withLock({ $0.behaviour.absent == version }) {
      throw PredictionError(.unavailable, reason: "NO_WORKER", message: "nobody serves \(version)")
    }
    if let failure = self.chanceFailure() { throw failure }
    let (impostor, digest) = self.state.withLock { ($0.behaviour.impostor, $0.behaviour.digest) }
    var parts: [Frame] = []
    for chunk in chunks { parts += try self.answer(chunk.withUnsafeBytes { [UInt8]($0) }) }
    return ChunkReply(
      contentType: .jsonLines, parts: parts,
      origin: Origin(model: "digits", version: impostor ?? version, digest: digest, worker: "w1"),
      times: RequestTimes())
  }

  private func takePermits(_ count: Int) -> Bool {
    self.state.withLock { state in
      guard !state.behaviour.isHeld else { return false }
      guard let permits = state.behaviour.permits else { return true }
      state.behaviour.permits = max(0, permits - count)
      return permits > 0
    }
  }

  private func chanceFailure() -> PredictionError? {
    self.state.withLock { state in
      if let failure = state.behaviour.failure { return failure }
      if state.random.chance(oneIn: state.behaviour.transientOneIn) {
        return PredictionError(.unavailable, reason: "NO_WORKER", message: "nobody serves")
      }
      return state.random.chance(oneIn: state.behaviour.poisonOneIn) ? Self.poison(state.requests) : nil
    }
  }

  private static func poison(_ number: Int) -> PredictionError {
    PredictionError(.unavailable, reason: "POISON", message: "it ended workers w\(number), w\(number + 1)")
  }

  /// The predictions, and the bad rows.
  private func answer(_ bytes: [UInt8]) throws(PredictionError) -> [Frame] {
    var rows = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    rows.removeLast()
    let texts = rows.map { String(validating: $0, as: UTF8.self) }
    let isHealed = self.state.withLock { $0.behaviour.isHealed }
    func says(_ text: String?, _ word: String) -> Bool {
      guard let text, text.contains(word) else { return false }
      return !isHealed || text.contains("still")
    }
    if texts.contains(where: { says($0, "poison") }) { throw Self.poison(self.requests) }
    if texts.contains(where: { says($0, "fault") }) {
      throw PredictionError(.internal, reason: "MODEL_FAILED", message: "the model failed on \"these\" rows")
    }
    var output = ""
    var errors = ""
    for (index, text) in texts.enumerated() {
      if let text, !says(text, "bad") {
        let line = "{\"of\":\(text),\"first\":\(texts[0] ?? "null"),\"rows\":\(rows.count)}\n"
        output += text.contains("lie") ? line + line : line
      } else {
        let message = text == nil ? "not UTF-8" : "bad row"
        errors += "{\"row\":\(index),\"code\":\"INVALID_ARGUMENT\",\"message\":\"\(message)\"}\n"
      }
    }
    return [try Self.frame(output), try Self.frame(errors)]
  }

  private static func frame(_ text: String) throws(PredictionError) -> Frame {
    do throws(ZMQError) {
      return try Frame(copying: Array(text.utf8).span.bytes)
    } catch {
      throw PredictionError(.internal, reason: "NO_MEMORY", message: "\(error)")
    }
  }
}
