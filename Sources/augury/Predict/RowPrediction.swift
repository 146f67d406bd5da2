import AuguryClient
import QueueCore

/// What became of a row.
struct RowResult: Sendable {
  var row: Int
  var latency: Duration
  var outcome: Result<RowPrediction, PredictionError>
}

/// A row's prediction and where it comes from.
struct RowPrediction: Sendable {
  /// The prediction, JSON as the worker wrote it.
  var json: [UInt8]
  var model: String?
  var version: String?
  var worker: String?
  var digest: String?
  var epoch: Int
  var predictionID: String?
  var attempts: Int
  var queueSeconds: Double
  var computeSeconds: Double

  /// Takes the one prediction out of a reply. Throws ``PredictionError``, `INTERNAL`, if there is not exactly one.
  init(_ reply: RawReply) throws(PredictionError) {
    let text = JSONText(reply.content.first ?? [])
    guard let predictions = text.member("predictions").flatMap({ text.elements(of: $0) }), predictions.count == 1 else {
      let got = text.member("predictions").flatMap { text.elements(of: $0) }?.count
      throw PredictionError(
        .internal, reason: "MALFORMED_REPLY",
        message: "the reply has \(got.map { "\($0)" } ?? "no") predictions, expected one for one row")
    }
    self.json = [UInt8](text.bytes[predictions[0]])
    self.model = reply.origin?.model
    self.version = reply.origin?.version
    self.worker = reply.origin?.worker
    self.digest = reply.origin.map { Hexadecimal.text($0.digest) }
    self.epoch = Int(reply.epoch)
    self.predictionID = reply.predictionID
    self.attempts = reply.attempts
    self.queueSeconds = Double(reply.queueMicroseconds) / 1e6
    self.computeSeconds = Double(reply.computeMicroseconds) / 1e6
  }
}

/// Bytes as hexadecimal digits.
enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
