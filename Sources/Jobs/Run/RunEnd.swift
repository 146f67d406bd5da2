import QueueCore
import Store

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
  /// There is no room on a disk; it goes on from its last checkpoint once there is some.
  case withoutRoom(String)
  /// Another runner has claimed the job; nothing may be written for it here any more.
  case fenced

  /// What a failure of the store means for a run.
  init(_ error: StoreError) {
    switch error.code {
    case .fenced, .finished, .notFound, .leased: self = .fenced
    case .full: self = .withoutRoom("waiting for room on the disk: \(error)")
    // Not failed, whatever it is: that could not be stored either.
    default: self = .suspended("waiting for the store: \(error)")
    }
  }
}
