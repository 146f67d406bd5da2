import QueueCore
import Store
import Tensors
import Testing

@testable import Jobs

struct NPYInputTests {
  private func bench(_ shape: [Int] = [-1, 2], _ type: DataType = .fp32) -> FormatBench {
    var bench = FormatBench { $0.inputFormat = .npy }
    bench.signature = Signature(inputs: [TensorSpec(name: "X", dataType: type, shape: shape)], outputs: [])
    return bench
  }

  /// A file as NumPy writes it.
  private func array(
    _ descr: String, _ shape: String, _ data: [UInt8], version: UInt8 = 1, order: String = "False"
  ) -> [UInt8] {
    var text = "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }"
    let start = version == 1 ? 10 : 12
    text += String(repeating: " ", count: 63 - (start + text.utf8.count) % 64) + "\n"
    let count = text.utf8.count
    let length = [UInt8(count & 0xFF), UInt8(count >> 8)] + (version == 1 ? [] : [0, 0])
    return NPYHeader.magic + [version, 0] + length + Array(text.utf8) + data
  }

  private func bytes<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  @Test func rowsAreTheFirstAxis() throws {
    let data = self.bytes([0.1, -0.0, 16_777_216, 3.4e38] as [Float])
    for version in [1, 2, 3] as [UInt8] {
      let input = try self.bench().read(self.array("<f4", "(2, 2)", data, version: version))
      #expect(input.sent == ["[0.1,-0.0]", "[16777216.0,3.4e+38]"])
      #expect(input.lines == [1, 2])
      #expect(input.offsets[1] - input.offsets[0] == 8)
    }
  }

  @Test func everyTypeIsReadInBothByteOrders() throws {
    func swapped(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
      stride(from: 0, to: bytes.count, by: width).flatMap { bytes[$0..<$0 + width].reversed() }
    }
    let cases: [(String, Int, [UInt8], DataType, [String])] = [
      ("f8", 8, self.bytes([0.1, .infinity, .nan] as [Double]), .fp64, ["0.1", "\"Infinity\"", "\"NaN\""]),
      ("f2", 2, self.bytes([0x3C00, 0xFC00, 0x0001] as [UInt16]), .fp16, ["1.0", "\"-Infinity\"", "5.9604645e-08"]),
      (
        "i8", 8, self.bytes([.min, -1, .max] as [Int64]), .int64, ["-9223372036854775808", "-1", "9223372036854775807"]
      ),
      ("u8", 8, self.bytes([0, 1, .max] as [UInt64]), .uint64, ["0", "1", "18446744073709551615"]),
      ("i4", 4, self.bytes([.min, 0, 7] as [Int32]), .int32, ["-2147483648", "0", "7"]),
      ("i2", 2, self.bytes([-2, 0, 300] as [Int16]), .int16, ["-2", "0", "300"]),
      ("u2", 2, self.bytes([0, 1, 65_535] as [UInt16]), .uint16, ["0", "1", "65535"]),
    ]
    for (name, width, data, type, rows) in cases {
      let bench = self.bench([-1], type)
      #expect(try bench.read(self.array("<" + name, "(3,)", data)).sent == rows)
      #expect(try bench.read(self.array(">" + name, "(3,)", swapped(data, width))).sent == rows)
    }
    #expect(try self.bench([-1], .bool).read(self.array("|b1", "(2,)", [0, 1])).sent == ["false", "true"])
    #expect(try self.bench([-1], .int8).read(self.array("|i1", "(2,)", [255, 1])).sent == ["-1", "1"])
  }

  @Test func arraysThatDoNotFitAreRefusedWithTheReason() {
    let data = self.bytes([1, 2, 3, 4] as [Float])
    let cases: [(String, String, [UInt8])] = [
      ("NPY_HEADER", "not a NumPy", Array("a,b\n1,2\n3,4\n".utf8)), ("NPY_HEADER", "not a NumPy", []),
      ("NPY_HEADER", "format 9", self.array("<f4", "(2, 2)", data, version: 9)),
      ("NPY_HEADER", "ends within", Array(self.array("<f4", "(2, 2)", data).prefix(40))),
      ("NPY_ORDER", "Fortran", self.array("<f4", "(2, 2)", data, order: "True")),
      ("NPY_TYPE", "'|O'", self.array("|O", "(2, 2)", data)), ("NPY_TYPE", "'<U3'", self.array("<U3", "(2, 2)", data)),
      ("NPY_TYPE", "'<c8'", self.array("<c8", "(2,)", data)),
      ("NPY_TYPE", "holds BOOL, and input \"X\" takes FP32", self.array("|b1", "(2, 2)", [0, 1, 0, 1])),
      ("NPY_SHAPE", "no dimension", self.array("<f4", "()", Array(data.prefix(4)))),
      ("NPY_SHAPE", "shape [3], expected [2]", self.array("<f4", "(1, 3)", Array(data.prefix(12)))),
      ("NPY_SHAPE", "shape [], expected [2]", self.array("<f4", "(4,)", data)),
      ("NPY_SHAPE", "more than memory", self.array("<f4", "(9223372036854775807, 2)", data)),
      ("NPY_TRUNCATED", "header announces", self.array("<f4", "(3, 2)", data)),
      ("NPY_TRUNCATED", "header announces", self.array("<f4", "(1, 2)", data)),
      ("NPY_HEADER", "cannot be read", self.array("<f4", "(2, x)", data)),
    ]
    for (reason, says, bytes) in cases {
      let refusal = self.bench().refusal(of: bytes)
      #expect(refusal?.reason == reason, "\(refusal?.message ?? "accepted"), expected \(says)")
      #expect(refusal?.message.contains(says) == true, "\(refusal?.message ?? "accepted"), expected \(says)")
    }
    var several = self.bench()
    several.signature.inputs.append(TensorSpec(name: "Y", dataType: .fp32, shape: [-1]))
    #expect(several.refusal(of: self.array("<f4", "(2, 2)", data))?.reason == "NPY_SHAPE")
  }

  @Test func anEmptyArrayHasNoRows() throws {
    #expect(try self.bench().read(self.array("<f4", "(0, 2)", [])).sent.isEmpty)
  }

  @Test func readingGoesOnAnywhere() throws {
    var bench = self.bench()
    bench.rowLimit = 2
    let array = self.array("<f4", "(5, 2)", self.bytes((0..<10).map { Float($0) }))
    let whole = try bench.read(array)
    #expect(whole.chunkEnds.map(\.rows) == [2, 4, 5])
    for blockBytes in [1, 7, 64] {
      bench.blockBytes = blockBytes
      #expect(try bench.read(array) == whole)
    }
    for end in whole.chunkEnds {
      var checkpoint = JobCheckpoint.start
      checkpoint.inputOffset = end.offset
      checkpoint.lines = end.line
      checkpoint.predictedRows = end.rows
      #expect(try bench.read(array, from: checkpoint).sent == Array(whole.sent.dropFirst(Int(end.rows))))
    }
  }

  @Test func theRowItselfMayBeJoined() throws {
    var bench = self.bench()
    bench.options.join = .row
    let input = try bench.read(self.array("<f4", "(1, 2)", self.bytes([1, 2] as [Float])))
    #expect(input.leads == [#"{"input":[1.0,2.0],"prediction":"#])
  }
}
