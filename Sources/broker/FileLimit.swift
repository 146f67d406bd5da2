import Glibc

/// How many files the process may have open: every client and worker takes one.
enum FileLimit {
  /// Raises the soft limit to the hard one, as daemons with many connections do. What the system refuses stays.
  static func raise() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(files, &limit)
  }
}
