/// A header part of at most 32 bytes, built in place.
///
/// libzmq keeps parts of up to 33 bytes inside its message structure, so the headers of the hot path (work, replies)
/// are laid out to fit: sending one allocates nothing.
public struct ShortHeader: Sendable, BitwiseCopyable {
  private var storage: InlineArray<32, UInt8>
  private var used: Int

  init() {
    self.storage = InlineArray(repeating: 0)
    self.used = 0
  }

  /// The header's bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      self.storage.span.bytes.extracting(first: self.used)
    }
  }

  /// A copy of the bytes, for callers that keep headers.
  public var array: [UInt8] { (0..<self.used).map { self.storage[$0] } }

  mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    let size = MemoryLayout<Value>.size
    precondition(self.used + size <= 32, "a short header holds 32 bytes")
    var span = self.storage.mutableSpan
    var bytes = span.mutableBytes
    bytes.storeBytes(of: value.bigEndian, toByteOffset: self.used, as: Value.self)
    self.used += size
  }
}
