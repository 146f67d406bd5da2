/// Everything that can happen to a running job.
public enum JobEvent: Hashable, Sendable {
  /// The first event, once.
  case started
  /// ``JobAction/prepare(_:)`` gave a new output so many bytes to begin with, which belong to no row. Comes before
  /// `prepared`, or not at all.
  case outputBegun(bytes: UInt64)
  /// ``JobAction/prepare(_:)`` is done: input open, both `.partial` files open and cut to the checkpoint.
  case prepared
  /// ``JobAction/prepare(_:)`` found a `.partial` file gone or shorter than the checkpoint says.
  case partialFilesLost
  /// ``JobAction/read`` found a chunk.
  case chunkRead(ChunkExtent)
  /// ``JobAction/read`` found that the input has no further row; it ends here.
  case inputEnded(offset: UInt64, line: UInt64)
  /// A part was answered, in a request that took so long, and its answer is in memory.
  case succeeded(ChunkRequest, PartOutcome, RequestTimes)
  /// A request failed. For a single row, `errorBytes` is the size of the line it would get in the errors file.
  case failed(ChunkRequest, PartFailure, errorBytes: UInt64)
  /// ``JobAction/sync`` is done: what was written before it is on disk.
  case synced
  /// ``JobAction/checkpoint(_:)`` is committed.
  case checkpointed
  /// ``JobAction/complete(_:)`` is done, and this is what the files hold by now.
  case completed(JobCheckpoint)
  /// ``JobAction/recordFinalizing(_:)`` is committed.
  case finalizingRecorded
  /// ``JobAction/syncDirectory`` is done, and the renames before it.
  case published
  /// Somebody wants the job to end before it is complete.
  case stopRequested(JobStop)
  /// The right to write for the job lasts until then.
  case leaseRenewed(until: Instant)
  /// Something around the job broke, so that it cannot go on now.
  case broken(JobBreakage)
  /// ``JobMachine/nextDeadline`` has come.
  case deadlinePassed
}

/// Why a job is to stop early. What is written by then is kept.
public enum JobStop: Hashable, Sendable, BitwiseCopyable {
  /// It is not wanted any more.
  case cancel
  /// It is to rest until somebody resumes it.
  case pause
  /// Another job is to have its place; it goes on later.
  case setBack
  /// Its time is over.
  case expire
  /// The process ends; the job goes on in the next one.
  case shutdown
}

/// What keeps a job from going on.
public enum JobBreakage: Hashable, Sendable, BitwiseCopyable {
  /// The disk is full. There may be room later.
  case noSpace
  /// The input cannot be read, or is not what was submitted.
  case input
  /// A worker serves another artifact under the version's name.
  case artifact
  /// The output or the errors file cannot be written.
  case output
  /// The store failed, or does not take this runner's commits any more.
  case store
  /// The right to write for the job has ended: another process may have it by now.
  case lease
}
