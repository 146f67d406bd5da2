import Glibc

/// An owner of bytes that tensors may view without copying them, such as a received message.
public protocol TensorBytes: AnyObject, Sendable {
  /// The bytes: at the same address and unchanged for as long as the owner lives.
  var stableBytes: UnsafeRawBufferPointer { get }
}

/// A region of bytes together with a reference that keeps their owner alive; copying it copies no bytes.
public struct TensorBuffer: @unchecked Sendable {
  // Unchecked because of the pointer: what it points to never changes and lives as long as `owner`.
  private let owner: any TensorBytes
  private let region: UnsafeRawBufferPointer

  /// Views all bytes of an owner.
  public init(_ owner: any TensorBytes) {
    self.owner = owner
    self.region = owner.stableBytes
  }

  private init(owner: any TensorBytes, region: UnsafeRawBufferPointer) {
    self.owner = owner
    self.region = region
  }

  /// The number of bytes.
  public var count: Int { self.region.count }

  /// The bytes, for as long as this value is borrowed.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(RawSpan(_unsafeBytes: self.region), borrowing: self)
    }
  }

  /// Where the bytes start, valid while this value or a copy of it lives; nil if there may be none.
  package var baseAddress: UnsafeRawPointer? { self.region.baseAddress }

  /// Views a part of the same bytes; the range must lie within `0..<count`.
  public subscript(range: Range<Int>) -> TensorBuffer {
    precondition(range.lowerBound >= 0 && range.upperBound <= self.count, "Cannot view bytes outside the buffer")
    return TensorBuffer(owner: self.owner, region: UnsafeRawBufferPointer(rebasing: self.region[range]))
  }

  /// Runs a closure on the bytes; the pointer is not valid after it.
  @inlinable
  public func withUnsafeBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let span = self.bytes
    return try span.withUnsafeBytes(body)
  }
}

extension TensorBuffer: Equatable {
  /// Compares byte by byte.
  public static func == (left: TensorBuffer, right: TensorBuffer) -> Bool {
    guard left.count == right.count else { return false }
    guard let leftBase = left.region.baseAddress, let rightBase = right.region.baseAddress else { return true }
    return memcmp(leftBase, rightBase, left.count) == 0
  }
}
