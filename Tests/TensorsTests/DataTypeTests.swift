import Tensors
import Testing

/// Types, shapes and small floats.
@Suite struct DataTypeTests {
  @Test func everyProtocolNameIsReadBack() {
    let names = [
      "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64",
      "BYTES",
    ]
    #expect(DataType.allCases.map { $0.name } == names)
    for (index, name) in names.enumerated() {
      #expect(DataType(name: name)?.rawValue == UInt8(index + 1))
    }
    #expect(DataType(name: "fp32") == nil)
    #expect(DataType(name: "") == nil)
  }

  @Test func widthsAreThoseOfTheProtocol() {
    #expect(DataType.allCases.map { $0.byteWidth } == [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, nil])
  }

  @Test(
    arguments: [
      ([], 1), ([3], 3), ([2, 3], 6), ([0], 0), ([2, 0, 3], 0), ([-1], nil), ([1 << 30, 1 << 30], nil),
      ([Int.max, Int.max], nil), ([0, Int.max, 2], nil), ([Int.max, 0], nil), ([1 << 59], 1 << 59), ([1 << 60], nil),
    ] as [([Int], Int?)])
  func elementsAreCountedWithoutOverflow(shape: [Int], count: Int?) {
    #expect(Shape.elementCount(shape) == count)
  }

  @Test func bfloat16RoundsToNearestEven() {
    #expect(BFloat16(1).bitPattern == 0x3f80)
    #expect(BFloat16(1.00390625).bitPattern == 0x3f80)
    #expect(BFloat16(1.01171875).bitPattern == 0x3f82)
    #expect(BFloat16(1.0078125 + 0.00001).bitPattern == 0x3f81)
    #expect(BFloat16(-.infinity).bitPattern == 0xff80)
    #expect(BFloat16(Float(bitPattern: 0x7f80_0001)).float.isNaN)
    #expect(BFloat16(.greatestFiniteMagnitude).float == .infinity)
    for pattern in stride(from: UInt16(0), to: 0x7f80, by: 13) {
      #expect(BFloat16(BFloat16(bitPattern: pattern).float).bitPattern == pattern)
    }
  }
}
