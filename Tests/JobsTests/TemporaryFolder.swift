import Glibc
import Testing

/// A directory of a test's own, gone, with the files in it, with the last reference to it.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/augury-jobs-XXXXXX".utf8CString)
    self.path = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    precondition(!self.path.isEmpty, "Cannot make a temporary directory")
  }

  deinit {
    for name in self.names { unlink("\(self.path)/\(name)") }
    rmdir(self.path)
  }

  /// The names in the directory, sorted.
  var names: [String] {
    guard let directory = opendir(self.path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func file(_ name: String) -> String { "\(self.path)/\(name)" }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = self.file(name)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      try #require(count > 0)
      rest = rest.dropFirst(count)
    }
    return path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try self.write(name, Array(text.utf8))
  }

  /// The file's bytes, or nil if there is none.
  func bytes(_ name: String) -> [UInt8]? {
    let descriptor = open(self.file(name), O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    fstat(descriptor, &status)
    return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
    }
  }

  func text(_ name: String) -> String? {
    self.bytes(name).map { String(decoding: $0, as: UTF8.self) }
  }
}
