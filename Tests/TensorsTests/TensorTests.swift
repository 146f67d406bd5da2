import Tensors
import Testing

/// Making tensors, reading them, cutting and joining them.
@Suite struct TensorTests {
  private func roundTrip<Element: TensorElement & Equatable>(_ values: [Element]) throws {
    let tensor = try Tensor(values, shape: [1, values.count])
    #expect(tensor.dataType == Element.dataType)
    #expect(tensor.buffer.count == values.count * (Element.dataType.byteWidth ?? 0))
    #expect(try tensor.values(as: Element.self) == values)
  }

  @Test func everyFixedTypeIsReadBack() throws {
    try self.roundTrip([true, false])
    try self.roundTrip([UInt8.min, .max])
    try self.roundTrip([UInt16.min, .max])
    try self.roundTrip([UInt32.min, .max])
    try self.roundTrip([UInt64.min, .max])
    try self.roundTrip([Int8.min, .max])
    try self.roundTrip([Int16.min, .max])
    try self.roundTrip([Int32.min, .max])
    try self.roundTrip([Int64.min, .max])
    try self.roundTrip([Float16(1.5), -0.0])
    try self.roundTrip([BFloat16(1.5), BFloat16(bitPattern: 1)])
    try self.roundTrip([Float(1.5), .infinity])
    try self.roundTrip([1.5, .leastNonzeroMagnitude])
  }

  @Test func stringsAreReadBack() throws {
    let tensor = try Tensor(["a", "", "grüße", "nul\0"], shape: [2, 2])
    #expect(try tensor.strings() == ["a", "", "grüße", "nul\0"])
    #expect(try tensor.byteStrings()[3] == [0x6e, 0x75, 0x6c, 0])
    let broken = try Tensor(byteStrings: [[0xff]])
    #expect(failure(try broken.strings())?.reason == .wrongType)
    #expect(try broken.byteStrings() == [[0xff]])
  }

  @Test func wrongTypeOrShapeIsNamed() throws {
    let tensor = try Tensor([1 as Float])
    #expect(
      failure(try tensor.values(as: Double.self))?.message
        == "the tensor holds FP32, not FP64")
    #expect(failure(try tensor.strings())?.message == "the tensor holds FP32, not BYTES")
    #expect(
      failure(try Tensor([1 as Float], shape: [2, 3]))?.message
        == "1 values for shape [2,3], expected as many as its product")
    #expect(failure(try Tensor([1 as Float], shape: [-1, -1]))?.reason == .wrongShape)
  }

  @Test func scalarsHaveRankZero() throws {
    let scalar = Tensor(scalar: 7 as Int64)
    #expect(scalar.shape == [] && scalar.rank == 0 && scalar.rowCount == nil && scalar.elementCount == 1)
    #expect(try scalar.values(as: Int64.self) == [7])
    #expect(failure(try scalar.rows(0..<1))?.reason == .wrongShape)
    #expect(try scalar.reshaped(to: [1, 1]).shape == [1, 1])
  }

  @Test func halvesAreRounded() throws {
    #expect(try Tensor(floats: [0.1, 70000], as: .fp16).floats() == [0.099975586, .infinity])
    #expect(try Tensor(floats: [0.1], as: .bf16).floats() == [0.100097656])
    #expect(try Tensor(floats: [0.1], shape: [1, 1], as: .fp64).values(as: Double.self) == [Double(Float(0.1))])
    #expect(failure(try Tensor(floats: [1], as: .int8))?.reason == .wrongType)
  }

  @Test func misalignedBytesAreViewedWithoutCopying() throws {
    let values: [Double] = [1, 2, 3]
    let memory = TensorMemory(copying: [9] + values.withUnsafeBytes { Array($0) })
    let tensor = try Tensor(dataType: .fp64, shape: [3], buffer: TensorBuffer(memory)[1..<25])
    #expect(try tensor.values(as: Double.self) == values)
    let viewed = tensor.buffer.withUnsafeBytes { $0.baseAddress }
    #expect(viewed == memory.stableBytes.baseAddress.map { $0 + 1 })
  }

  @Test func ownedMemoryIsAligned() throws {
    for count in [0, 1, 63, 64, 65, 1000] {
      let address = TensorMemory(byteCount: count) { $0.initializeMemory(as: UInt8.self, repeating: 1) }.stableBytes
      #expect(address.count == count)
      #expect(UInt(bitPattern: address.baseAddress) % 64 == 0)
    }
  }

  @Test func bytesMustFitShapeAndType() throws {
    let eight = TensorBuffer(TensorMemory(copying: [UInt8](repeating: 2, count: 8)))
    let cases: [(DataType, [Int], String)] = [
      (.fp32, [3], "tensor \"x\": 8 bytes, expected 12 for FP32[3]"),
      (.fp32, [1], "tensor \"x\": 8 bytes, expected 4 for FP32[1]"),
      (.bool, [8], "tensor \"x\": a BOOL is neither 0 nor 1"),
      (.bytes, [2], "tensor \"x\": 8 bytes do not hold exactly the 2 length-prefixed elements of BYTES [2]"),
    ]
    for (dataType, shape, message) in cases {
      #expect(failure(try Tensor(dataType: dataType, shape: shape, buffer: eight, name: "x"))?.message == message)
    }
    for shape in [[-8], [Int.max, 8], [1 << 40, 1 << 40], [0, Int.max, Int.max], [Int](repeating: 1, count: 33)] {
      #expect(failure(try Tensor(dataType: .uint8, shape: shape, buffer: eight))?.reason == .wrongShape)
    }
  }

  @Test func rowsAreViews() throws {
    let tensor = try Tensor((0..<12).map { Int32($0) }, shape: [4, 3])
    #expect(try tensor.rows(1..<3).values(as: Int32.self) == [3, 4, 5, 6, 7, 8])
    #expect(try tensor.rows(4..<4).shape == [0, 3])
    #expect(failure(try tensor.rows(3..<5))?.message == "rows 3..<5 of a tensor of shape [4,3]")
    let strings = try Tensor(["a", "bb", "", "dddd", "e", "f"], shape: [3, 2])
    #expect(try strings.rows(1..<3).strings() == ["", "dddd", "e", "f"])
    #expect(try strings.rows(2..<2).strings() == [])
  }

  @Test func splitUndoesConcatenated() throws {
    let numbers = try Tensor((0..<12).map { Float($0) }, shape: [6, 2])
    let strings = try Tensor((0..<12).map { String(repeating: "x", count: $0) }, shape: [6, 2])
    for tensor in [numbers, strings] {
      let parts = try tensor.split(rowCounts: [1, 0, 3, 2])
      #expect(parts.map { $0.shape } == [[1, 2], [0, 2], [3, 2], [2, 2]])
      #expect(try Tensor.concatenated(parts) == tensor)
    }
    #expect(try strings.split(rowCounts: [2, 4])[1].strings().first == "xxxx")
    #expect(
      failure(try numbers.split(rowCounts: [1, 2]))?.message
        == "a tensor of shape [6,2], expected 3 rows to split as [1, 2]")
  }

  @Test func onlyLikeTensorsAreJoined() throws {
    let pairs = try Tensor([1 as Float, 2], shape: [1, 2])
    let triple = try Tensor([1 as Float, 2, 3], shape: [1, 3])
    let whole = try Tensor([1 as Int64, 2], shape: [1, 2])
    #expect(
      failure(try Tensor.concatenated([pairs, triple]))?.message
        == "cannot concatenate shape [1,3] to [1,2]")
    #expect(
      failure(try Tensor.concatenated([pairs, whole]))?.message
        == "cannot concatenate INT64 to FP32")
    #expect(failure(try Tensor.concatenated([]))?.reason == .wrongShape)
    #expect(failure(try Tensor.concatenated([Tensor(scalar: 1 as Float)]))?.reason == .wrongShape)
  }

  @Test func equalityLooksAtTypeShapeAndBytes() throws {
    let tensor = try Tensor([1 as Int32, 2])
    #expect(tensor == (try Tensor([1 as Int32, 2])))
    #expect(tensor != (try Tensor([1 as UInt32, 2])))
    #expect(tensor != (try tensor.reshaped(to: [2, 1])))
    #expect(tensor != (try Tensor([1 as Int32, 3])))
    #expect(try Tensor([Float.nan]) == (try Tensor([Float.nan])))
  }
}
