public import Tensors
public import ZeroMQ

/// A received part owns a tensor's bytes, so that a tensor needs no copy of them.
extension Frame: TensorBytes {
  /// The frame's bytes stay where they are, and as they are, for as long as it is held.
  public var stableBytes: UnsafeRawBufferPointer {
    self.withUnsafeBytes { $0 }
  }
}
