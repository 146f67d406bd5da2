/// Everything a job can ask of its driver, which performs actions in their order.
public enum JobAction: Hashable, Sendable {
  /// Open the input at the checkpoint's offset; open or make both `.partial` files, cut them to its lengths and force
  /// that to disk, their names too. At the start checkpoint the output gets what it begins with before any row, if
  /// anything: answer with `outputBegun` first. Answer with `prepared` or `partialFilesLost`.
  case prepare(JobCheckpoint)
  /// Read the next chunk. Answer with `chunkRead` or `inputEnded`.
  case read
  /// Send these in one request, those of which no row can be sent left out, which you answer yourself. Answer each with
  /// `succeeded` or `failed`.
  case send([ChunkRequest])
  /// Forget the answer to this request; the rows will be sent again.
  case discard(ChunkRequest)
  /// Append this answer to the files.
  case write(ChunkRequest)
  /// Append a line to the errors file for this one row, which is not to be sent any more.
  case reject(ChunkRequest)
  /// Forget the chunk: all of it is written.
  case release(chunk: UInt64)
  /// Force to disk what both files hold by now. Answer with `synced`.
  case sync
  /// Commit the checkpoint. Answer with `checkpointed`.
  case checkpoint(JobCheckpoint)
  /// Every row is written, synced and checkpointed: make the files what they are to be at the end, and force that to
  /// disk. What was done of it before a crash is done again. Answer with `completed`.
  case complete(JobCheckpoint)
  /// Commit the last checkpoint and that the job is finalizing, at once. Answer with `finalizingRecorded`.
  case recordFinalizing(JobCheckpoint)
  /// Give the errors file its name, or remove it if it is not kept. Nothing to do if that has been done.
  case publishErrors(JobCheckpoint)
  /// Give the output its name. Nothing to do if that has been done.
  case publishOutput(JobCheckpoint)
  /// Force the names to disk. Answer with `published`.
  case syncDirectory
  /// Give up every request that is under way; no answer is wanted.
  case abandonRequests
  /// The last action: close everything.
  case end(JobEnd)
}

/// How a run of a job ended.
public enum JobEnd: Hashable, Sendable, BitwiseCopyable {
  /// The output is in its place.
  case succeeded
  /// Stopped as asked, with everything that is written checkpointed.
  case stopped(JobStop)
  /// A request failed in a way that holds for all rows; what is written by then is checkpointed.
  case refused(ChunkRequest)
  /// More rows failed than may; what is written up to the chunk that made them too many is checkpointed.
  case tooManyFailedRows(JobCheckpoint)
  /// Something around the job broke; the last checkpoint holds.
  case broken(JobBreakage)
}
