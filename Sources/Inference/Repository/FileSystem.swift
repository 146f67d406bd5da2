import Glibc

/// The few questions about files that this library asks, without Foundation.
enum FileSystem {
  static func isFolder(_ path: String) -> Bool { Self.mode(of: path) == S_IFDIR }

  static func isFile(_ path: String) -> Bool { Self.mode(of: path) == S_IFREG }

  static func exists(_ path: String) -> Bool { Self.mode(of: path) != nil }

  private static func mode(of path: String) -> mode_t? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    return info.st_mode & S_IFMT
  }

  /// The names in a folder, sorted, without those that start with a dot; nil if it cannot be read.
  static func names(in folder: String) -> [String]? {
    guard let directory = opendir(folder) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Where the running program's file is.
  static var executablePath: String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let count = readlink("/proc/self/exe", base, buffer.count)
      guard count > 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
    }
  }

  /// The system's words for the last error.
  static var lastError: String { String(cString: strerror(errno)) }
}
