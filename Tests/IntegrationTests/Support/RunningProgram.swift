import Glibc
import Synchronization

/// How a process ended.
enum ProgramEnd: Equatable {
  case exited(Int32)
  case killed(signal: Int32)
}

/// A process of ours, from its start until it is known to be gone; its output goes to files.
final class RunningProgram: Sendable {
  struct StartFailure: Error, CustomStringConvertible {
    var path: String
    var reason: String

    var description: String { "cannot start \(self.path): \(self.reason); the tests need the programs to be built" }
  }

  private struct State {
    var end: ProgramEnd?
    var isMeantToEnd = false
  }

  /// What it is called in reports.
  let name: String
  let pid: pid_t
  /// Where its standard error goes, and its standard output unless another file was named.
  let log: String
  private let state = Mutex(State())

  /// Starts a program. Without an input file its standard input is empty.
  init(
    _ path: String, arguments: [String], name: String, log: String, output: String? = nil, input: String? = nil,
    environment: [String: String] = Programs.childEnvironment
  ) throws {
    self.name = name
    self.log = log
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input ?? "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    if let output {
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    } else {
      posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    }
    let argumentList = ([path] + arguments).map { strdup($0) } + [nil]
    let variableList = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argumentList + variableList { free(text) } }
    var pid = pid_t()
    let status = posix_spawn(&pid, path, &actions, nil, argumentList, variableList)
    guard status == 0 else { throw StartFailure(path: path, reason: String(cString: strerror(status))) }
    self.pid = pid
    Lifeline.shared.started(pid)
  }

  /// How it ended; nil as long as it runs.
  var end: ProgramEnd? {
    self.state.withLock { state in
      if state.end == nil { state.end = Self.reap(self.pid, options: WNOHANG) }
      return state.end
    }
  }

  /// Whether it has ended although nobody wanted it to.
  var hasDied: Bool { self.end != nil && !self.state.withLock { $0.isMeantToEnd } }

  /// Sends a signal, unless the process is known to be gone: its number may be another's by then.
  func send(_ signal: Int32) {
    self.state.withLock { state in
      if state.end == nil { state.end = Self.reap(self.pid, options: WNOHANG) }
      if [SIGKILL, SIGTERM, SIGINT, SIGABRT].contains(signal) { state.isMeantToEnd = true }
      if state.end == nil { Glibc.kill(self.pid, signal) }
    }
  }

  /// Says that it may end by itself.
  func expectEnd() {
    self.state.withLock { $0.isMeantToEnd = true }
  }

  /// Waits until it has ended.
  func waitForEnd(within patience: Duration = .seconds(30)) async throws -> ProgramEnd {
    self.expectEnd()
    return try await eventually("\(self.name) to end", within: patience) { self.end }
  }

  /// Ends it here and now, whatever state it is in, and does not return before it is gone.
  func stop() {
    self.send(SIGKILL)
    self.state.withLock { state in
      if state.end == nil { state.end = Self.reap(self.pid, options: 0) }
    }
  }

  /// All it has written to its log.
  var logText: String { readText(self.log) }

  /// The last lines of its log, under its name.
  var logTail: String {
    let lines = self.logText.split(separator: "\n", omittingEmptySubsequences: false)
    return "--- \(self.name) (pid \(self.pid), \(self.end.map { "\($0)" } ?? "running"))\n"
      + lines.suffix(20).joined(separator: "\n")
  }

  private static func reap(_ pid: pid_t, options: Int32) -> ProgramEnd? {
    var status: Int32 = 0
    while true {
      let result = waitpid(pid, &status, options)
      if result == pid { break }
      if result == 0 { return nil }
      guard errno == EINTR else { return nil }
    }
    Lifeline.shared.ended(pid)
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
  }
}
