import QueueCore
import Tensors

extension Tensor {
  /// A tensor of the same type and shape with numbers of no meaning in it.
  func randomized(using random: inout SplitMix64) throws(TensorError) -> Tensor {
    let count = self.elementCount
    switch self.dataType {
    case .bool: return try Self.make(count, self.shape) { random.next() % 2 == 0 }
    case .uint8: return try Self.make(count, self.shape) { UInt8(random.next() % 10) }
    case .uint16: return try Self.make(count, self.shape) { UInt16(random.next() % 10) }
    case .uint32: return try Self.make(count, self.shape) { UInt32(random.next() % 10) }
    case .uint64: return try Self.make(count, self.shape) { UInt64(random.next() % 10) }
    case .int8: return try Self.make(count, self.shape) { Int8(random.next() % 10) }
    case .int16: return try Self.make(count, self.shape) { Int16(random.next() % 10) }
    case .int32: return try Self.make(count, self.shape) { Int32(random.next() % 10) }
    case .int64: return try Self.make(count, self.shape) { Int64(random.next() % 10) }
    case .fp64: return try Self.make(count, self.shape) { Double.random(in: 0..<1, using: &random) }
    case .fp32: return try Self.make(count, self.shape) { Float.random(in: 0..<1, using: &random) }
    case .fp16, .bf16:
      let floats = (0..<count).map { _ in Float.random(in: 0..<1, using: &random) }
      return try Tensor(floats: floats, shape: self.shape, as: self.dataType)
    case .bytes:
      return try Tensor((0..<count).map { _ in "\(random.next() % 1_000_000)" }, shape: self.shape)
    }
  }

  private static func make<Element: TensorElement>(
    _ count: Int, _ shape: [Int], _ element: () -> Element
  ) throws(TensorError) -> Tensor {
    try Tensor((0..<count).map { _ in element() }, shape: shape)
  }
}
