import AuguryClient
import Logging
import QueueCore
import Store
import ZeroMQ

/// From replies to events.
extension JobRun {
  /// What a reply means; nil if nobody waits for it any more.
  func event(of request: ChunkRequest, _ result: Result<ChunkReply, PredictionError>) -> JobEvent? {
    guard let chunk = self.chunks[request.part.chunk] else { return nil }
    switch result {
    case .success(let reply):
      if let version = reply.origin?.version, version != self.version {
        self.refusal = "version \(self.version) was asked for and \(version) answered"
        return .failed(request, .fatal, errorBytes: 0)
      }
      if let origin = reply.origin, let message = self.otherArtifact(origin) {
        // Not failed for it: whoever began such a worker may end it again.
        self.breakOff(.artifact, .suspended(message))
        return nil
      }
      do throws(AnswerFault) {
        let rows = Int(request.part.lower)..<Int(request.part.upper)
        let answer = try ChunkAnswer(reply, to: rows, of: chunk, writer: self.writer)
        self.good[request] = answer
        self.monitor.getsOn()
        return .succeeded(request, answer.outcome, reply.times)
      } catch {
        self.logger.warning(
          "answer refused",
          metadata: [
            "rows": "\(self.rowNumbers(request.part))", "worker": "\(reply.origin?.worker ?? "unknown")",
            "reason": "\(error.message)",
          ])
        return self.failed(request, .fault, chunk, code: .internal, message: error.message)
      }
    case .failure(let error): return self.failed(request, error, chunk)
    }
  }

  private func failed(_ request: ChunkRequest, _ error: PredictionError, _ chunk: InputChunk) -> JobEvent {
    let failure = PartFailure(status: error.code.status, isPoison: error.reason == "POISON")
    switch failure {
    case .transient, .congested:
      self.monitor.waits("waiting: \(error)")
      return .failed(request, failure, errorBytes: 0)
    case .fatal:
      self.refusal = "\(error)"
      return .failed(request, failure, errorBytes: 0)
    case .poison:
      self.logger.warning(
        "rows end the workers that predict them",
        metadata: ["rows": "\(self.rowNumbers(request.part))", "reason": "\(error.message)"])
      // Not the broker's words, which name the workers: they would differ from run to run.
      return self.failed(
        request, failure, chunk, code: .internal, message: "the workers that predict the row die (POISON)")
    case .fault, .refused:
      self.logger.notice(
        "rows cannot be predicted together",
        metadata: ["rows": "\(self.rowNumbers(request.part))", "reason": "\(error)"])
      return self.failed(request, failure, chunk, code: error.code.status, message: error.message)
    }
  }

  /// Keeps the line for the errors file if it is down to a single row.
  private func failed(
    _ request: ChunkRequest, _ failure: PartFailure, _ chunk: InputChunk, code: StatusCode, message: String
  ) -> JobEvent {
    guard request.part.rows == 1 else { return .failed(request, failure, errorBytes: 0) }
    let line = chunk.errorLine(Int(request.part.lower), code: code, message: message)
    self.rejections[request.part] = line
    return .failed(request, failure, errorBytes: UInt64(line.count))
  }

  /// What the job waits for if the worker that answers does not serve the artifact that the job began with; else nil.
  private func otherArtifact(_ origin: Origin) -> String? {
    guard let digest = self.record.digest, !origin.digest.isEmpty else { return nil }
    let found = origin.digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
    guard found != digest else { return nil }
    return self.record.waitingForArtifact(digest, insteadOf: found, servedBy: origin.worker)
  }

  private func rowNumbers(_ part: ChunkPart) -> String {
    guard let chunk = self.chunks[part.chunk] else { return "unknown" }
    return "\(chunk.rows[Int(part.lower)].number)...\(chunk.rows[Int(part.upper) - 1].number)"
  }
}
