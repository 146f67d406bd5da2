// Starting a POSIX thread with a name, a stack and its signals blocked.

import CZMQ
import Glibc

/// What a new thread finds when it begins.
final class ThreadStart {
  private let name: String

  /// Does the thread's work and returns what tells the others of its end.
  private var work: (() -> () -> Void)?

  init(name: String, work: @escaping () -> () -> Void) {
    self.name = name
    self.work = work
  }

  /// Starts the thread and returns 0, or the `errno` value that says why not.
  func launch(stackSize: Int) -> Int32 {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let status = unsafe pthread_attr_setstacksize(&attributes, stackSize)
    guard status == 0 else { return status }

    // A thread inherits the mask, so there is no moment in which it would take a signal.
    var previous = sigset_t()
    var blocked = Self.blockedSignals()
    unsafe pthread_sigmask(SIG_SETMASK, &blocked, &previous)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(self)
    let created = unsafe pthread_create(&thread, &attributes, ThreadStart.main, argument.toOpaque())
    if created != 0 { unsafe argument.release() }
    return created
  }

  /// All signals but those that a fault raises in the thread itself.
  private static func blockedSignals() -> sigset_t {
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS] {
      unsafe sigdelset(&signals, signal)
    }
    return signals
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    guard let argument = unsafe argument else { preconditionFailure("A thread begins with its start") }
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    unsafe start.name.withCString { _ = unsafe czmq_set_thread_name($0) }
    let tellEnd = start.perform()
    tellEnd()
    return nil
  }

  /// Runs the work, and has let go of all that it holds when it returns: whoever is told of the end may count on that.
  private func perform() -> () -> Void {
    guard let work = self.work.take() else { preconditionFailure("A thread does its work once") }
    return work()
  }
}
