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
    case .send(let request): self.send(request, in: &group)
    case .discard(let request): self.good[request] = nil
    case .write(let request): self.writing { () throws(FileError) in try self.write(request) }
    case .reject(let request): self.writing { () throws(FileError) in try self.reject(request) }
    case .release(let chunk): self.release(chunk)
    case .sync: self.sync(in: &group)
    case .checkpoint(let checkpoint):
      self.commit(JobUpdate(checkpoint: checkpoint), checkpoint, then: .checkpointed, in: &group)
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
    case .broken: self.breakEnd ?? .suspended("the job broke off")
    }
  }

  /// The rest of the actions at hand is void; the machine hears of it next.
  private func breakOff(_ breakage: JobBreakage, _ end: RunEnd) {
    guard self.breakEnd == nil else { return }
    self.breakEnd = end
    self.answers.insert(.broken(breakage, end), at: 0)
  }

  private func writing(_ body: () throws(FileError) -> Void) {
    guard self.breakEnd == nil else { return }
    do throws(FileError) {
      try body()
    } catch {
      self.breakOff(error)
    }
  }

  func breakOff(_ error: FileError) {
    switch error.hope {
    case .room: self.breakOff(.noSpace, .suspended("waiting for room on the disk: \(error)"))
    case .lock: self.breakOff(.output, .suspended("waiting for another process that writes the file: \(error)"))
    case .resources: self.breakOff(.output, .suspended("waiting for resources of the system: \(error)"))
    case .none: self.breakOff(.output, .failed(error.description))
    }
  }

  private func breakOff(_ error: InputError) {
    switch error {
    case .unreadable(let file) where file.hope == .resources:
      self.breakOff(.input, .suspended("waiting for resources of the system: \(error)"))
    case .noMemory: self.breakOff(.input, .suspended("waiting for memory: \(error)"))
    case .unreadable, .changed: self.breakOff(.input, .failed(error.description))
    }
  }

  // MARK: Files

  private func prepare(_ checkpoint: JobCheckpoint) {
    do throws(InputError) {
      let input = try InputFile(of: self.record.job)
      self.input = input
      self.reader = ChunkReader(
        input.file, size: input.size, from: checkpoint, rowLimit: self.record.job.batchSize,
        byteLimit: self.record.job.chunkBytes)
      self.nextChunk = checkpoint.chunks
    } catch {
      return self.breakOff(error)
    }
    self.writing { () throws(FileError) in
      // Closed before they are opened again: the lock on them is this run's own.
      self.files = nil
      self.files = try PartialFiles(of: self.record.job, at: checkpoint)
      self.answers.append(.job(self.files == nil ? .partialFilesLost : .prepared))
    }
  }

  func read() {
    guard self.breakEnd == nil, let reader = self.reader else { return }
    do throws(InputError) {
      switch try reader.next() {
      case .more: self.happened.yield(.readOn)
      case .end(let offset, let line):
        try self.input?.expectUnchanged()
        self.answers.append(.job(.inputEnded(offset: offset, line: line)))
      case .chunk(let chunk):
        let sequence = self.nextChunk
        self.nextChunk += 1
        self.chunks[sequence] = chunk
        self.answers.append(.job(.chunkRead(self.extent(of: chunk, sequence))))
      }
    } catch {
      self.breakOff(error)
    }
  }

  private func extent(of chunk: InputChunk, _ sequence: UInt64) -> ChunkExtent {
    var extent = ChunkExtent(
      rows: UInt32(chunk.rows.count), payloadBytes: UInt64(chunk.payload?.byteCount ?? 0),
      endOffset: chunk.endOffset, endLine: chunk.endLine)
    if let bytes = chunk.overlongBytes {
      let line = chunk.errorLine(
        0, code: .invalidArgument,
        message: "the row has \(bytes) bytes, expected at most \(self.record.job.chunkBytes - 1)")
      self.rejections[ChunkPart(chunk: sequence, lower: 0, upper: 1)] = line
      extent.rejectedErrorBytes = UInt64(line.count)
    }
    return extent
  }

  private func write(_ request: ChunkRequest) throws(FileError) {
    guard let answer = self.good.removeValue(forKey: request) else {
      preconditionFailure("Cannot write \(request), which was not answered")
    }
    try answer.output.withUnsafeBytes { bytes throws(FileError) in try self.files?.appendToOutput(bytes) }
    if answer.lacksLastNewline { try self.append("\n") }
    if !answer.errorLines.isEmpty { try self.appendToErrors(answer.errorLines) }
  }

  private func append(_ text: StaticString) throws(FileError) {
    try self.files?.appendToOutput(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private func appendToErrors(_ lines: [UInt8]) throws(FileError) {
    try lines.withUnsafeBufferPointer { lines throws(FileError) in
      try self.files?.appendToErrors(UnsafeRawBufferPointer(lines))
    }
  }

  private func reject(_ request: ChunkRequest) throws(FileError) {
    guard let line = self.rejections.removeValue(forKey: request.part) else {
      preconditionFailure("Cannot reject \(request), which has not failed")
    }
    try self.appendToErrors(line)
  }

  private func release(_ chunk: UInt64) {
    self.chunks[chunk] = nil
    if !self.rejections.isEmpty { self.rejections = self.rejections.filter { $0.key.chunk != chunk } }
  }

  private func sync(in group: inout DiscardingTaskGroup) {
    guard self.breakEnd == nil, let files = self.files else { return }
    group.addTask { [syncer, happened] in
      do throws(FileError) {
        try await syncer.run { () throws(FileError) in try files.sync() }
        happened.yield(.job(.synced))
      } catch {
        happened.yield(.syncFailed(error))
      }
    }
  }

  // MARK: The store

  private func commit(
    _ update: JobUpdate, _ checkpoint: JobCheckpoint, then event: JobEvent, in group: inout DiscardingTaskGroup
  ) {
    guard self.breakEnd == nil else { return }
    group.addTask { [store, record, happened] in
      do throws(StoreError) {
        try await store.updateJob(record.id, fence: record.fence, update)
        happened.yield(.committed(event, checkpoint))
      } catch {
        happened.yield(.broken(.store, Self.runEnd(of: error)))
      }
    }
  }

  static func runEnd(of error: StoreError) -> RunEnd {
    switch error.code {
    case .fenced, .finished, .notFound: .fenced
    // Not failed, whatever it is: that could not be stored either.
    default: .suspended("waiting for the store: \(error)")
    }
  }

  // MARK: Requests

  private func send(_ request: ChunkRequest, in group: inout DiscardingTaskGroup) {
    guard self.breakEnd == nil, let chunk = self.chunks[request.part.chunk] else { return }
    let payload: Frame?
    do throws(ZMQError) {
      payload = try chunk.payload(ofRows: Int(request.part.lower)..<Int(request.part.upper))
    } catch {
      return self.breakOff(.input, .suspended("waiting for memory: \(error)"))
    }
    guard let payload else { preconditionFailure("Cannot send \(request), which is too long") }
    group.addTask(executorPreference: self.executor.tasks) { [transport, record, version, happened] in
      let result: Result<ChunkReply, PredictionError>
      do throws(PredictionError) {
        result = .success(try await transport.predict(payload, model: record.job.model, version: version))
      } catch {
        result = .failure(error)
      }
      happened.yield(.replied(request, result))
    }
  }
}
