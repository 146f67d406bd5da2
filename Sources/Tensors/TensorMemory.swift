import Glibc

/// Bytes of our own for a tensor, aligned to 64 bytes so that vector loads never straddle a cache line.
public final class TensorMemory: TensorBytes, @unchecked Sendable {
  // Unchecked because of the pointer: written only before `init` returns.
  private let base: UnsafeMutableRawPointer
  private let count: Int

  /// The alignment of the first byte.
  public static let alignment = 64

  /// Allocates bytes, which the closure must fill completely.
  public init<Failure>(
    byteCount: Int, initializingWith body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(byteCount >= 0, "Cannot allocate a negative number of bytes")
    guard let base = aligned_alloc(Self.alignment, Self.rounded(byteCount)) else {
      preconditionFailure("Cannot hold a tensor of \(byteCount) bytes when memory has run out")
    }
    self.base = base
    self.count = byteCount
    try body(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
  }

  /// Allocates zeros; nil when memory is short.
  init?(zeroed byteCount: Int) {
    guard let base = aligned_alloc(Self.alignment, Self.rounded(byteCount)) else { return nil }
    memset(base, 0, byteCount)
    self.base = base
    self.count = byteCount
  }

  /// Takes over memory that came from `malloc` or its kin.
  init(adopting base: UnsafeMutableRawPointer, byteCount: Int) {
    self.base = base
    self.count = byteCount
  }

  /// Copies bytes.
  public convenience init(copying bytes: some Collection<UInt8>) {
    self.init(byteCount: bytes.count) { target in target.copyBytes(from: bytes) }
  }

  deinit { free(self.base) }

  private static func rounded(_ byteCount: Int) -> Int {
    max(Self.alignment, (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment)
  }

  /// The bytes, for as long as this object lives.
  public var stableBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: self.base, count: self.count) }
}
