import Foundation

/// Processor time of a process's threads, by name, in microseconds; what the kernel has in `/proc`.
struct ThreadTimes {
  private var microseconds: [String: Double] = [:]

  init(of pid: Int32) throws {
    let folder = "/proc/\(pid)/task"
    for task in try FileManager.default.contentsOfDirectory(atPath: folder) {
      guard let name = try? String(contentsOfFile: "\(folder)/\(task)/comm", encoding: .utf8),
        let text = try? String(contentsOfFile: "\(folder)/\(task)/schedstat", encoding: .utf8),
        let nanoseconds = text.split(separator: " ").first.flatMap({ Double($0) })
      else { continue }
      self.microseconds[String(name.dropLast()), default: 0] += nanoseconds / 1000
    }
  }

  /// What the threads whose names begin with these letters have used since.
  func microseconds(_ prefix: String, since earlier: ThreadTimes) -> Double {
    self.microseconds.filter { $0.key.hasPrefix(prefix) }.reduce(0) {
      $0 + $1.value - earlier.microseconds[$1.key, default: 0]
    }
  }
}
