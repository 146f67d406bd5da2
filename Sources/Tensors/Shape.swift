/// Arithmetic on tensor shapes: lists of dimensions, outermost first; empty for a scalar.
public enum Shape {
  /// The most dimensions that a payload's tensor may have.
  public static let maximumRank = 32

  /// The most elements: their bytes are still an `Int`, whatever the type.
  static let maximumElementCount = 1 << 59

  /// The number of elements; nil when a dimension is negative or the product is more than memory can hold.
  ///
  /// A dimension of 0 counts as 1 towards that limit, so that products of a part of the dimensions are safe as well.
  public static func elementCount(_ shape: some Sequence<Int>) -> Int? {
    var product = 1
    var isEmpty = false
    for dimension in shape {
      guard dimension >= 0 else { return nil }
      if dimension == 0 { isEmpty = true }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(dimension, 1))
      guard !overflow, next <= Self.maximumElementCount else { return nil }
      product = next
    }
    return isEmpty ? 0 : product
  }

  /// The number of bytes for a type of fixed width; nil for `bytes` and when memory cannot hold it.
  public static func byteCount(_ shape: some Sequence<Int>, of dataType: DataType) -> Int? {
    guard let width = dataType.byteWidth, let count = Self.elementCount(shape) else { return nil }
    return count * width
  }

  /// The shape as text, such as `[-1,64]`.
  public static func text(_ shape: some Sequence<Int>) -> String {
    "[" + shape.map { String($0) }.joined(separator: ",") + "]"
  }
}
