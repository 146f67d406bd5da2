/// Reads the fields of a header part one after the other, in network byte order, without copying.
///
/// Every read is checked against the end of the part; bytes after the last field are left alone, so that a newer
/// peer may send more than this version knows. Reads of numbers are inlined: then a header's fields stand at offsets
/// that the compiler knows.
struct ByteReader: ~Escapable {
  private let bytes: RawSpan
  private(set) var offset = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  @inline(__always)
  mutating func readUInt8(_ field: String) throws(WireError) -> UInt8 {
    try self.read(UInt8.self, field)
  }

  @inline(__always)
  mutating func readUInt16(_ field: String) throws(WireError) -> UInt16 {
    UInt16(bigEndian: try self.read(UInt16.self, field))
  }

  @inline(__always)
  mutating func readUInt32(_ field: String) throws(WireError) -> UInt32 {
    UInt32(bigEndian: try self.read(UInt32.self, field))
  }

  @inline(__always)
  mutating func readUInt64(_ field: String) throws(WireError) -> UInt64 {
    UInt64(bigEndian: try self.read(UInt64.self, field))
  }

  @inline(__always)
  mutating func skip(_ count: Int, _ field: String) throws(WireError) {
    try self.require(count, field)
    self.offset += count
  }

  /// A field whose first byte is its length: where its bytes are.
  @inline(__always)
  mutating func readShortRange(_ field: String) throws(WireError) -> ByteRange {
    let count = Int(try self.readUInt8(field))
    try self.require(count, field)
    defer { self.offset += count }
    return ByteRange(offset: UInt16(truncatingIfNeeded: self.offset), count: UInt8(count))
  }

  mutating func readShortText(_ field: String) throws(WireError) -> String {
    try self.text(count: Int(try self.readUInt8(field)), field)
  }

  mutating func readLongText(_ field: String) throws(WireError) -> String {
    try self.text(count: Int(try self.readUInt16(field)), field)
  }

  mutating func readShortBytes(_ field: String) throws(WireError) -> [UInt8] {
    let count = Int(try self.readUInt8(field))
    try self.require(count, field)
    defer { self.offset += count }
    return self.copy(count: count)
  }

  private mutating func text(count: Int, _ field: String) throws(WireError) -> String {
    try self.require(count, field)
    guard let text = String(validating: self.copy(count: count), as: UTF8.self) else {
      throw .invalidText(field: field)
    }
    self.offset += count
    return text
  }

  private func copy(count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count {
        buffer[index] = self.bytes.unsafeLoadUnaligned(fromByteOffset: self.offset + index, as: UInt8.self)
      }
      initialized = count
    }
  }

  @inline(__always)
  private mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, _ field: String
  ) throws(WireError) -> Value {
    try self.require(MemoryLayout<Value>.size, field)
    defer { self.offset += MemoryLayout<Value>.size }
    return self.bytes.unsafeLoadUnaligned(fromByteOffset: self.offset, as: type)
  }

  @inline(__always)
  private func require(_ count: Int, _ field: String) throws(WireError) {
    let available = self.bytes.byteCount - self.offset
    guard count <= available else { throw Self.truncated(field, needed: count, available: available) }
  }
}

extension ByteReader {
  @inline(never)
  private static func truncated(_ field: String, needed: Int, available: Int) -> WireError {
    .truncated(field: field, needed: needed, available: available)
  }
}

/// Where a short field's bytes stand in its header part: an offset and a length of at most 255.
public struct ByteRange: Hashable, Sendable, BitwiseCopyable {
  /// Bytes before the field.
  public var offset: UInt16
  /// Bytes of the field.
  public var count: UInt8

  /// The field's bytes, given the header part they were read from.
  @_lifetime(copy header)
  public func bytes(in header: RawSpan) -> RawSpan {
    header.extracting(Int(self.offset)..<Int(self.offset) + Int(self.count))
  }
}
