import Glibc

/// Identifies a model file by its content.
public enum FileDigest {
  /// The SHA-256 of a file as 64 hexadecimal digits; throws `notFound` if it cannot be read.
  public static func sha256(ofFileAt path: String) throws(InferenceError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw InferenceError(.notFound, "cannot read \(path): \(FileSystem.lastError)")
    }
    defer { close(descriptor) }
    var hash = SHA256()
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { chunk.deallocate() }
    while true {
      let count = read(descriptor, chunk.baseAddress, chunk.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw InferenceError(.notFound, "cannot read \(path): \(FileSystem.lastError)")
      }
      hash.update(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
    return Self.hexadecimal(hash.finalize())
  }

  /// Bytes as hexadecimal digits, in lower case.
  public static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
