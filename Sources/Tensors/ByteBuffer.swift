import CSimdjson
import Glibc

/// A growing run of bytes that payloads are written into; made once and reused, on one thread at a time.
public final class ByteBuffer {
  var storage = csj_buffer()

  /// Makes an empty buffer.
  public init() {}

  deinit { free(self.storage.bytes) }

  /// The number of bytes written.
  public var count: Int { self.storage.count }

  /// The bytes written so far, until the next change.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let region = UnsafeRawBufferPointer(start: self.storage.bytes, count: self.storage.count)
      return _overrideLifetime(RawSpan(_unsafeBytes: region), borrowing: self)
    }
  }

  /// Forgets what was written and keeps the memory, unless that is more than `limit` bytes.
  public func removeAll(keepingCapacityUpTo limit: Int = 1 << 20) {
    self.storage.count = 0
    guard self.storage.capacity > limit else { return }
    free(self.storage.bytes)
    self.storage = csj_buffer()
  }

  /// Hands over what was written, in memory that the caller must `free`, and starts anew; nil if nothing was.
  public func release() -> UnsafeMutableRawBufferPointer? {
    guard self.storage.count > 0, let base = self.storage.bytes else { return nil }
    defer { self.storage = csj_buffer() }
    return UnsafeMutableRawBufferPointer(start: base, count: self.storage.count)
  }

  /// Makes room for so many bytes more, so that writing them does not move what is there.
  public func reserve(_ byteCount: Int) {
    Self.require(csj_buffer_reserve(&self.storage, byteCount))
  }

  /// Hands over what was written as an immutable owner of bytes and starts anew, without copying.
  public func take() -> TensorBuffer {
    defer { self.storage = csj_buffer() }
    guard let base = self.storage.bytes else { return TensorBuffer(TensorMemory(copying: EmptyCollection())) }
    return TensorBuffer(TensorMemory(adopting: UnsafeMutableRawPointer(base), byteCount: self.storage.count))
  }

  /// Appends bytes as they are.
  public func append(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { self.append($0) }
  }

  /// Appends bytes as they are.
  public func append(_ bytes: UnsafeRawBufferPointer) {
    Self.require(csj_write_bytes(&self.storage, bytes.baseAddress, bytes.count))
  }

  /// Appends text that is JSON already.
  func append(json text: StaticString) {
    Self.require(csj_write_bytes(&self.storage, text.utf8Start, text.utf8CodeUnitCount))
  }

  /// Appends a JSON string with its quotes and escapes.
  func append(string: String) {
    var string = string
    string.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { characters in
        Self.require(csj_write_string(&self.storage, csj_text(bytes: characters.baseAddress, size: characters.count)))
      }
    }
  }

  func append(integer: Int) {
    Self.require(csj_write_int(&self.storage, Int64(integer)))
  }

  func append(integers: [Int]) {
    self.append(json: "[")
    for (index, integer) in integers.enumerated() {
      if index > 0 { self.append(json: ",") }
      self.append(integer: integer)
    }
    self.append(json: "]")
  }

  /// Writing to memory fails for want of memory alone, where Swift's own collections trap, too.
  private static func require(_ written: Bool) {
    precondition(written, "Cannot write a payload when memory has run out")
  }
}
