import AuguryClient
import QueueCore
import Store
import ZeroMQ

/// One case for each action, in the actions' order.
extension JobRun {
  func perform(_ action: JobAction, in group: inout DiscardingTaskGroup) {
    switch action {
    case .prepare(let checkpoint): self.prepare(checkpoint)
    case .read: self.read()
    case .send(let requests): self.send(requests, in: &group)
    case .discard(let request): self.good[request] = nil
    case .write(let request): self.writing { () throws(FileError) in try self.write(request) }
    case .reject(let request): self.writing { () throws(FileError) in try self.reject(request) }
    case .release(let chunk): self.release(chunk)
    case .sync: self.sync(in: &group)
    case .checkpoint(let checkpoint):
      self.commit(JobUpdate(checkpoint: checkpoint), checkpoint, then: .checkpointed, in: &group)
    case .complete(let checkpoint): self.complete(checkpoint, in: &group)
    case .recordFinalizing(let checkpoint):
      let update = JobUpdate(state: .finalizing, checkpoint: checkpoint)
      self.commit(update, checkpoint, then: .finalizingRecorded, in: &group)
    case .publishErrors(let last):
      self.writing { () throws(FileError) in try Publication.publishErrors(of: self.record.job, at: last) }
    case .publishOutput(let last):
      self.writing { () throws(FileError) in try Publication.publishOutput(of: self.record.job, at: last) }
    case .syncDirectory:
      self.writing { () throws(FileError) in
        try Publication.syncDirectory(of: self.record.job)
        self.answers.append(.job(.published))
      }
    case .abandonRequests: group.cancelAll()
    case .end(let end): self.end = self.runEnd(end)
    }
  }

  private func runEnd(_ end: JobEnd) -> RunEnd {
    switch end {
    case .succeeded: .succeeded
    case .stopped(let stop): .stopped(stop)
    case .refused: .failed(self.refusal ?? "the cluster refused the job")
    case .tooManyFailedRows(let checkpoint):
      .failed("too many rows failed: \(checkpoint.failedRows) of \(checkpoint.rows)\(self.allowedFailures)")
    case .broken(.lease): .suspended("its lease ended before it could be renewed")
    case .broken: self.breakEnd ?? .suspended("the job broke off")
    }
  }

  /// The rest of the actions at hand is void; the machine hears of it next.
  func breakOff(_ breakage: JobBreakage, _ end: RunEnd) {
    guard self.breakEnd == nil else { return }
    self.breakEnd = end
    self.answers.insert(.broken(breakage, end), at: 0)
  }

  func writing(_ body: () throws(FileError) -> Void) {
    guard self.breakEnd == nil else { return }
    do throws(FileError) {
      try body()
    } catch {
      self.breakOff(error)
    }
  }

  func breakOff(_ error: FileError) {
    switch error.hope {
    case .room: self.breakOff(.noSpace, .withoutRoom("waiting for room on the disk: \(error)"))
    case .lock: self.breakOff(.output, .suspended("waiting for another process that writes the file: \(error)"))
    case .resources: self.breakOff(.output, .suspended("waiting for resources of the system: \(error)"))
    case .none: self.breakOff(.output, .failed(error.description))
    }
  }

  func breakOff(_ error: InputError) {
    switch error {
    case .unreadable(let file) where file.hope == .resources:
      self.breakOff(.input, .suspended("waiting for resources of the system: \(error)"))
    case .unwritable(let file): self.breakOff(file)
    case .noMemory: self.breakOff(.input, .suspended("waiting for memory: \(error)"))
    case .refused(let refusal) where refusal.reason == RowPlan.noSignature:
      self.breakOff(.input, .suspended("waiting: \(error)"))
    case .unreadable, .changed, .damaged, .refused: self.breakOff(.input, .failed(error.description))
    }
  }

  // MARK: Requests

  private func send(_ requests: [ChunkRequest], in group: inout DiscardingTaskGroup) {
    guard self.breakEnd == nil else { return }
    var sent: [ChunkRequest] = []
    var payloads: [Frame] = []
    do throws(ZMQError) {
      for request in requests {
        guard let payload = try self.payload(of: request) else { continue }
        sent.append(request)
        payloads.append(payload)
      }
    } catch {
      return self.breakOff(.input, .suspended("waiting for memory: \(error)"))
    }
    guard !sent.isEmpty else { return }
    group.addTask(executorPreference: self.executor.tasks) { [transport, record, version, happened, sent, payloads] in
      let result: Result<ChunkReply, PredictionError>
      do throws(PredictionError) {
        result = .success(try await transport.predict(payloads, model: record.job.model, version: version))
      } catch {
        result = .failure(error)
      }
      happened.yield(.replied(sent, result))
    }
  }

  /// The rows of a request that are sent. Answers itself, and returns nil, if there are none: why is known already.
  private func payload(of request: ChunkRequest) throws(ZMQError) -> Frame? {
    guard let chunk = self.chunks[request.part.chunk] else { return nil }
    let rows = Int(request.part.lower)..<Int(request.part.upper)
    if let payload = try chunk.payload(ofRows: rows) { return payload }
    let answer = ChunkAnswer(refused: rows, of: chunk)
    self.good[request] = answer
    self.answers.append(.job(.succeeded(request, answer.outcome, RequestTimes())))
    return nil
  }
}
