import Glibc
import Synchronization

/// Ends the programs that run when the tests themselves are killed or crash: a shell that is told of every start and
/// end, and does its work once nobody can tell it anything any more.
final class Lifeline: Sendable {
  static let shared = Lifeline()

  private static let script = """
    trap '' INT TERM HUP
    pids=' '
    while read -r what pid; do
      case $what in
        started) pids="$pids$pid " ;;
        ended) pids="${pids%% "$pid" *} ${pids#* "$pid" }" ;;
      esac
    done
    for pid in $pids; do kill -9 "$pid"; done
    """

  /// Where the shell reads; negative if it could not be started, and then everything goes on without it.
  private let pipe: Mutex<Int32>

  private init() {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else {
      self.pipe = Mutex(-1)
      return
    }
    // If the programs had the end that is written to, it would outlive the tests.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    let words: [String] = ["/bin/sh", "-c", Self.script]
    let arguments = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    var pid = pid_t()
    let status = posix_spawn(&pid, "/bin/sh", &actions, nil, arguments, [nil])
    close(ends[0])
    self.pipe = Mutex(status == 0 ? ends[1] : -1)
  }

  func started(_ pid: pid_t) { self.tell("started \(pid)\n") }

  func ended(_ pid: pid_t) { self.tell("ended \(pid)\n") }

  private func tell(_ line: String) {
    self.pipe.withLock { pipe in
      guard pipe >= 0 else { return }
      let bytes = Array(line.utf8)
      _ = write(pipe, bytes, bytes.count)
    }
  }
}
