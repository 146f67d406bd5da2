import Tensors
import ZeroMQ

/// A received part as the owner of a tensor's bytes, so that a tensor needs no copy of them.
final class FrameBytes: TensorBytes {
  private let frame: Frame

  init(_ frame: Frame) {
    self.frame = frame
  }

  /// The frame's bytes stay where they are, and as they are, for as long as it is held.
  var stableBytes: UnsafeRawBufferPointer {
    self.frame.withUnsafeBytes { $0 }
  }
}
