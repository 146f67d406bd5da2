import AuguryClient
import QueueCore
import Testing
import ZeroMQ

@testable import augury

@Suite("Rows' results in words")
struct RowReportTests {
  private func reply(_ json: String) throws -> RawReply {
    let bytes = Array(json.utf8)
    return RawReply(
      contentType: .json, parts: [try Frame(copying: bytes.span.bytes)],
      origin: Origin(model: "digits", version: "2", digest: [0, 0xAB], worker: "w\"1", epoch: 3, instance: 0xF0),
      attempts: 2, queueMicroseconds: 1500, computeMicroseconds: 250, number: 16)
  }

  private func good(_ row: Int, _ json: String = #"{"predictions":[ {"p": 1.50} ]}"#) throws -> RowResult {
    RowResult(row: row, latency: .milliseconds(3), outcome: .success(try RowPrediction(try self.reply(json))))
  }

  private func bad(_ row: Int, _ code: PredictionError.Code) -> RowResult {
    RowResult(
      row: row, latency: .milliseconds(1),
      outcome: .failure(PredictionError(code, reason: "REASON", message: "bad\nrow")))
  }

  private func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  @Test("Plainly, predictions are lines as the worker wrote them, and failures notes with the row's number")
  func plain() throws {
    var report = RowReport(isJSON: false)
    let (output, notes) = try report.lines(for: [try self.good(0), self.bad(1, .invalidArgument), try self.good(2)])
    #expect(self.text(output) == "{\"p\": 1.50}\n{\"p\": 1.50}\n")
    #expect(notes == ["row 1: INVALID_ARGUMENT: bad row"])
  }

  @Test("For programs, every row is an object, with origin and times or with the error")
  func json() throws {
    var report = RowReport(isJSON: true)
    let (output, _) = try report.lines(for: [try self.good(0), self.bad(1, .unavailable)])
    #expect(
      self.text(output) == """
        {"row":0,"prediction":{"p": 1.50},"attempts":2,"compute_seconds":0.00025,"digest":"00ab",\
        "epoch":3,"latency_seconds":0.003,"model":"digits","prediction_id":"0000000000000100",\
        "queue_seconds":0.0015,"version":"2","worker":"w\\"1"}
        {"error":{"code":"UNAVAILABLE","message":"bad\\nrow","reason":"REASON"},"row":1}

        """)
  }

  @Test(
    "A reply with another number of predictions than one is no prediction of a row",
    arguments: [
      #"{"predictions":[]}"#, #"{"predictions":[1,2]}"#, #"{"outputs":[]}"#, "[1]", "", #"{"predictions":1}"#,
    ])
  func otherReplies(json: String) throws {
    let reply = try self.reply(json)
    let error = #expect(throws: PredictionError.self) { try RowPrediction(reply) }
    #expect(error?.code == .internal && error?.reason == "MALFORMED_REPLY")
  }

  @Test("The summary counts rows, failures, latency and rate")
  func summary() throws {
    var report = RowReport(isJSON: false)
    #expect(report.summary(elapsed: .zero) == "0 rows, 0 failed, latency p50 - p99 -, 0 rows/s")
    _ = try report.lines(for: [try self.good(0)])
    #expect(report.summary(elapsed: .seconds(2)) == "1 row, 0 failed, latency p50 3.00 ms p99 3.00 ms, 0.5 rows/s")
    _ = try report.lines(for: (1..<2000).map { self.bad($0, .internal) })
    #expect(report.summary(elapsed: .seconds(1)).hasPrefix("2,000 rows, 1,999 failed, latency p50 3.00 ms"))
  }

  @Test("Some failures are a partial success; nothing but absence and deadlines is unavailability")
  func status() throws {
    func status(_ results: [RowResult]) throws -> CommandStatus {
      var report = RowReport(isJSON: false)
      _ = try report.lines(for: results)
      return report.status
    }
    #expect(try status([]) == .success)
    #expect(try status([try self.good(0)]) == .success)
    #expect(try status([try self.good(0), self.bad(1, .unavailable)]) == .partial)
    #expect(try status([self.bad(0, .unavailable), self.bad(1, .deadlineExceeded)]) == .unavailable)
    #expect(try status([self.bad(0, .unavailable), self.bad(1, .internal)]) == .partial)
    #expect(try status([self.bad(0, .invalidArgument)]) == .partial)
  }
}
