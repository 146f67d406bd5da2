import AuguryClient
import QueueCore

/// Writes rows' results, and counts them for the summary.
struct RowReport {
  let isJSON: Bool
  private(set) var rows = 0
  private(set) var failures = 0
  private(set) var onlyUnavailable = true
  private var latencies = LatencyHistogram()

  init(isJSON: Bool) {
    self.isJSON = isJSON
  }

  /// The lines for results that come next: on the output, and on the error stream.
  mutating func lines(for results: [RowResult]) throws -> (output: [UInt8], notes: [String]) {
    var output: [UInt8] = []
    var notes: [String] = []
    for result in results {
      self.count(result)
      switch result.outcome {
      case .success(let prediction):
        output += self.isJSON ? try Self.json(result, prediction) : prediction.json
        output.append(UInt8(ascii: "\n"))
      case .failure(let error):
        notes.append("row \(result.row): \(OneLine.text(of: error))")
        guard self.isJSON else { continue }
        output += try JSONOutput.bytes(FailedRow(row: result.row, error: FailedRow.Reason(error)))
        output.append(UInt8(ascii: "\n"))
      }
    }
    return (output, notes)
  }

  /// One line about all rows so far.
  func summary(elapsed: Duration) -> String {
    let seconds = elapsed / .seconds(1)
    let rate = seconds > 0 ? Double(self.rows) / seconds : 0
    return "\(Units.count(self.rows)) \(self.rows == 1 ? "row" : "rows"), \(Units.count(self.failures)) failed, "
      + "latency p50 \(self.latency(0.5)) p99 \(self.latency(0.99)), \(Units.rate(rate))"
  }

  /// What the process is to tell its caller.
  var status: CommandStatus {
    if self.failures == 0 { return .success }
    return self.failures == self.rows && self.onlyUnavailable ? .unavailable : .partial
  }

  private mutating func count(_ result: RowResult) {
    self.rows += 1
    switch result.outcome {
    case .success:
      self.latencies.record(microseconds: UInt64(max(0, result.latency / .microseconds(1))))
    case .failure(let error):
      self.failures += 1
      if CommandStatus(error) != .unavailable { self.onlyUnavailable = false }
    }
  }

  private func latency(_ quantile: Double) -> String {
    self.latencies.isEmpty ? "-" : Units.seconds(Double(self.latencies.quantile(quantile)) / 1e6)
  }

  /// The prediction goes in as the worker wrote it: what JSON numbers say is not to change on the way.
  private static func json(_ result: RowResult, _ prediction: RowPrediction) throws -> [UInt8] {
    let origin = PredictedRow(
      model: prediction.model, version: prediction.version, worker: prediction.worker, digest: prediction.digest,
      epoch: prediction.epoch, predictionID: prediction.predictionID,
      latencySeconds: result.latency / .seconds(1), queueSeconds: prediction.queueSeconds,
      computeSeconds: prediction.computeSeconds, attempts: prediction.attempts)
    return Array("{\"row\":\(result.row),\"prediction\":".utf8) + prediction.json + Array(",".utf8)
      + (try JSONOutput.bytes(origin)).dropFirst()
  }
}

/// What stands beside a row's number and prediction.
struct PredictedRow: Encodable {
  var model: String?
  var version: String?
  var worker: String?
  var digest: String?
  var epoch: Int
  var predictionID: String?
  var latencySeconds: Double
  var queueSeconds: Double
  var computeSeconds: Double
  var attempts: Int

  enum CodingKeys: String, CodingKey {
    case model
    case version
    case worker
    case digest
    case epoch
    case predictionID = "prediction_id"
    case latencySeconds = "latency_seconds"
    case queueSeconds = "queue_seconds"
    case computeSeconds = "compute_seconds"
    case attempts
  }
}

/// A row that could not be predicted.
struct FailedRow: Encodable {
  struct Reason: Encodable {
    var code: String
    var reason: String
    var message: String

    init(_ error: PredictionError) {
      self.code = error.code.description
      self.reason = error.reason
      self.message = error.message
    }
  }

  var row: Int
  var error: Reason
}
