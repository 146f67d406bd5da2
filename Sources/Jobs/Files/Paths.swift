import Glibc

/// Operations on names.
enum Paths {
  /// The directory a path lies in.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The errors file of an output: `rows.errors.jsonl` for `rows.jsonl`, else the output's name with `.errors.jsonl`.
  static func errors(ofOutput output: String) -> String {
    let suffix = ".jsonl"
    return (output.hasSuffix(suffix) ? String(output.dropLast(suffix.count)) : output) + ".errors" + suffix
  }

  /// Where a file is written until it is complete.
  static func partial(_ path: String) -> String { path + ".partial" }

  /// Where rows that are predicted again are written until they are put together with the others.
  static func retryPartial(_ path: String) -> String { path + ".retry.partial" }

  static func status(_ path: String) throws(FileError) -> stat? {
    var status = stat()
    if stat(path, &status) == 0 { return status }
    guard errno == ENOENT || errno == ENOTDIR else { throw .last("inspect", path) }
    return nil
  }

  /// Bytes that an unprivileged process may still write to the file system of a directory.
  static func freeBytes(_ directory: String) throws(FileError) -> UInt64 {
    var status = statvfs()
    guard statvfs(directory, &status) == 0 else { throw .last("inspect the file system of", directory) }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  /// Removes a file if it is there.
  static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw .last("remove", path) }
  }

  /// Gives a file another name; with `replacing` false only if there is nothing of that name.
  static func rename(_ source: String, to target: String, replacing: Bool) throws(FileError) {
    if !replacing {
      // Unlike a look beforehand, a link cannot miss a file that appears in between.
      if link(source, target) == 0 { return try Self.remove(source) }
      switch errno {
      case EPERM, ENOSYS, EOPNOTSUPP:
        // A file system without links.
        guard try Self.status(target) == nil else { throw Self.exists(target) }
      case EEXIST:
        guard try Self.areSame(source, target) else { throw Self.exists(target) }
        return try Self.remove(source)
      default: throw .last("make", target)
      }
    }
    guard Glibc.rename(source, target) == 0 else { throw .last("rename to '\(target)' the file", source) }
  }

  /// Whether two names are those of one file.
  static func areSame(_ left: String, _ right: String) throws(FileError) -> Bool {
    guard let left = try Self.status(left), let right = try Self.status(right) else { return false }
    return left.st_dev == right.st_dev && left.st_ino == right.st_ino
  }

  /// Returns once the names in a directory are on disk.
  static func syncDirectory(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open directory", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("sync directory", path) }
  }

  private static func exists(_ path: String) -> FileError {
    FileError(operation: "make", path: path, detail: "it has appeared since the job was submitted")
  }
}
