import QueueCore

/// How a run of a job ended, in words where there is something to say.
enum RunEnd: Hashable, Sendable {
  /// The output is in its place.
  case succeeded
  /// Stopped as asked; everything that is written is checkpointed.
  case stopped(JobStop)
  /// It can never succeed.
  case failed(String)
  /// It cannot go on now; it may later, from its last checkpoint.
  case suspended(String)
  /// Another runner has claimed the job; nothing may be written for it here any more.
  case fenced
}
