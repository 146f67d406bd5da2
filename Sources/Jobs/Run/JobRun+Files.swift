import QueueCore
import Store
import Tensors
import ZeroMQ

/// What a run must know beside the job itself.
struct RunContext: Sendable {
  /// The model's inputs and outputs, if they are known.
  var signature: Signature?
  /// The job whose failed rows this one predicts again.
  var parent: JobRecord?
}

/// Reading the input, writing the files.
extension JobRun {
  func prepare(_ checkpoint: JobCheckpoint) {
    let job = self.record.job
    let plan: RowPlan
    do throws(InputError) {
      let input = try InputFile(of: job)
      let source = try input.source(isCompressed: job.options.rows.isCompressed)
      plan = try RowPlan(
        job.options.rows, signature: self.context.signature, reading: source, path: job.input,
        byteLimit: job.chunkBytes)
      self.input = input
      self.reader = try ChunkReader(
        plan.input, path: job.input, from: checkpoint, rowLimit: job.batchSize, byteLimit: job.chunkBytes,
        selection: try self.selection(at: checkpoint))
      self.writer = plan.writer
      self.nextChunk = checkpoint.chunks
    } catch {
      return self.breakOff(error)
    }
    self.writing { () throws(FileError) in
      // Closed before they are opened again: the lock on them is this run's own.
      self.files = nil
      self.files = try PartialFiles(of: self.record, at: checkpoint, head: plan.head)
      guard self.files != nil else { return self.answers.append(.job(.partialFilesLost)) }
      if checkpoint == .start, !plan.head.isEmpty {
        self.answers.append(.job(.outputBegun(bytes: UInt64(plan.head.count))))
      }
      self.answers.append(.job(.prepared))
    }
  }

  /// The rows that are predicted again; nil for a job of all rows.
  private func selection(at checkpoint: JobCheckpoint) throws(InputError) -> RowSelection? {
    let job = self.record.job
    guard let number = job.options.retryOf else { return nil }
    guard let parent = self.context.parent, parent.state == .succeeded else {
      throw .refused(RowPlanError("NO_PARENT", "job \(number), whose failed rows are to be predicted again, is gone"))
    }
    let errors: OpenFile
    do throws(FileError) {
      for (path, length) in [
        (parent.job.output, parent.checkpoint.outputLength), (parent.job.errors, parent.checkpoint.errorsLength),
      ] {
        let size = try OpenFile.forReading(path).fingerprint().size
        guard size == length else {
          throw FileError(
            operation: "go on from", path: path, detail: "it has \(size) bytes, but job \(number) wrote \(length)")
        }
      }
      errors = try OpenFile.forReading(parent.job.errors)
    } catch {
      throw .unreadable(error)
    }
    return try RowSelection(errors, size: parent.checkpoint.errorsLength, skipping: checkpoint.rows)
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
        if self.record.job.options.rows.isCompressed { self.filePositions[sequence] = chunk.filePosition }
        let extent = ChunkExtent(
          rows: UInt32(chunk.rows.count), payloadBytes: chunk.heldBytes, endOffset: chunk.endOffset,
          endLine: chunk.endLine)
        self.answers.append(.job(.chunkRead(extent)))
      }
    } catch {
      self.breakOff(error)
    }
  }

  /// Bytes of the input file that are done with at a checkpoint.
  func fileBytes(at checkpoint: JobCheckpoint) -> UInt64 {
    guard self.record.job.options.rows.isCompressed else { return checkpoint.inputOffset }
    guard checkpoint.chunks > 0, let position = self.filePositions[checkpoint.chunks - 1] else {
      return self.monitor.snapshot.bytesDone
    }
    self.filePositions = self.filePositions.filter { $0.key >= checkpoint.chunks }
    return position
  }

  // MARK: Writing

  func write(_ request: ChunkRequest) throws(FileError) {
    guard let answer = self.good.removeValue(forKey: request) else {
      preconditionFailure("Cannot write \(request), which was not answered")
    }
    switch answer.output {
    case .lines(let lines, let lacksLastNewline):
      try self.files?.appendToOutput(lines)
      if lacksLastNewline { try self.append("\n") }
    case .bytes(let bytes):
      try bytes.withBytes { bytes throws(FileError) in try self.files?.appendToOutput(bytes) }
    }
    if !answer.errorLines.isEmpty { try self.appendToErrors(answer.errorLines) }
  }

  private func append(_ text: StaticString) throws(FileError) {
    try self.files?.appendToOutput(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private func appendToErrors(_ lines: [UInt8]) throws(FileError) {
    try lines.withBytes { lines throws(FileError) in try self.files?.appendToErrors(lines) }
  }

  func reject(_ request: ChunkRequest) throws(FileError) {
    guard let line = self.rejections.removeValue(forKey: request.part) else {
      preconditionFailure("Cannot reject \(request), which has not failed")
    }
    try self.appendToErrors(line)
  }

  func release(_ chunk: UInt64) {
    self.chunks[chunk] = nil
    if !self.rejections.isEmpty { self.rejections = self.rejections.filter { $0.key.chunk != chunk } }
  }

  func sync(in group: inout DiscardingTaskGroup) {
    self.writing { () throws(FileError) in try self.files?.flush() }
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

  /// Gives the files their last touch, away from the run's own thread: putting a retry together may take long.
  func complete(_ checkpoint: JobCheckpoint, in group: inout DiscardingTaskGroup) {
    self.writing { () throws(FileError) in try self.files?.flush() }
    guard self.breakEnd == nil, let files = self.files else { return }
    let job = self.record.job
    group.addTask { [syncer, happened, parent = self.context.parent] in
      do throws(InputError) {
        let last = try await syncer.run { () throws(InputError) in
          if let parent, job.options.retryOf != nil {
            return try RetryMerge(job, at: checkpoint, parent: parent).run()
          }
          do throws(FileError) {
            try files.complete(job.options.rows.outputFormat, rows: checkpoint.predictedRows)
          } catch {
            throw .unwritable(error)
          }
          return checkpoint
        }
        happened.yield(.job(.completed(last)))
      } catch {
        happened.yield(.completionFailed(error))
      }
    }
  }
}

extension JobRecord {
  /// Bytes of the input file that are done with, as far as the checkpoint says; how far into a compressed file it is
  /// only shows while the job runs.
  var bytesDone: UInt64 {
    guard self.job.options.rows.isCompressed || self.job.options.retryOf != nil else {
      return self.checkpoint.inputOffset
    }
    return self.state == .succeeded ? self.job.inputFingerprint.size : 0
  }
}
