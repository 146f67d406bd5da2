import Tensors
import Testing

/// Requests whose header has been read before: they come out as if it had been read again.
@Suite struct RememberedHeadersTests {
  private let inputs: [(String, DataType, [Int])] = [("x", .fp32, [-1, 2]), ("on", .bool, [-1])]

  private func make() throws -> JSONTensorParser {
    try JSONTensorParser(
      signature: Signature(
        inputs: self.inputs.map { TensorSpec(name: $0.0, dataType: $0.1, shape: $0.2) },
        outputs: [TensorSpec(name: "y", dataType: .fp32, shape: [-1])]))
  }

  private static func header(rows: Int, id: String? = nil, bytes: Int? = nil) -> String {
    let start = id.map { "{\"id\":\"\($0)\"," } ?? "{"
    // Not in the model's order.
    return start
      + """
      "inputs":[{"name":"on","datatype":"BOOL","shape":[\(rows)],"parameters":{"binary_data_size":\(rows)}},
      {"name":"x","datatype":"FP32","shape":[\(rows),2],"parameters":{"binary_data_size":\(bytes ?? rows * 8)}}],
      "outputs":[{"name":"y","parameters":{"binary_data":false}}]}
      """
  }

  private static func parts(rows: Int, from first: Float, flags: [UInt8]? = nil) throws -> [TensorBuffer] {
    let values = (0..<rows * 2).map { first + Float($0) }
    let flags = flags ?? (0..<rows).map { UInt8($0 % 2) }
    return [TensorBuffer(TensorMemory(copying: flags)), try Tensor(values, shape: [rows, 2]).buffer]
  }

  private func parse(
    _ parser: JSONTensorParser, _ json: String, _ parts: [TensorBuffer]
  ) -> Result<TensorRequest, TensorError> {
    Result { () throws(TensorError) in try parser.parseRequest(Array(json.utf8).span.bytes, parts: parts) }
  }

  @Test func sameHeaderWithOtherBytesIsAsReadByAFreshParser() throws {
    let parser = try self.make()
    // More headers than are remembered, again and again.
    for round in 0..<3 {
      for rows in [1, 2, 3, 4, 5, 6, 1, 1] {
        let json = Self.header(rows: rows)
        let parts = try Self.parts(rows: rows, from: Float(round * 100 + rows))
        let request = try self.parse(parser, json, parts).get()
        #expect(try request == self.parse(self.make(), json, parts).get())
        #expect(try request.inputs[0].values(as: Float.self).first == Float(round * 100 + rows))
        #expect(request.rowCount == rows)
        #expect(request.outputs.map(\.isBinary) == [false])
      }
    }
  }

  @Test func bytesAreCheckedEveryTime() throws {
    let parser = try self.make()
    let json = Self.header(rows: 2)
    _ = try self.parse(parser, json, Self.parts(rows: 2, from: 1)).get()
    let good = try Self.parts(rows: 2, from: 1)
    let wrong: [[TensorBuffer]] = [
      [good[0]], good + [good[0]], [], [good[1], good[0]], [good[0], good[1][0..<12]],
      try Self.parts(rows: 2, from: 1, flags: [0, 2]),
    ]
    for parts in wrong {
      guard case .failure(let error) = self.parse(parser, json, parts) else {
        Issue.record("parts of \(parts.map(\.count)) bytes were taken")
        continue
      }
      #expect(throws: error) { try self.parse(self.make(), json, parts).get() }
    }
  }

  @Test func refusedHeaderIsRefusedAgain() throws {
    let parser = try self.make()
    let json = Self.header(rows: 2, bytes: 12)
    let parts = try Self.parts(rows: 2, from: 1)
    for _ in 0..<2 {
      guard case .failure(let error) = self.parse(parser, json, [parts[0], parts[1][0..<12]]) else {
        Issue.record("a tensor with too few bytes was taken")
        continue
      }
      #expect(error.reason == .wrongSize)
    }
  }

  @Test func everyRequestKeepsItsOwnId() throws {
    let parser = try self.make()
    for id in ["a", "b", "a"] {
      let request = try self.parse(parser, Self.header(rows: 1, id: id), Self.parts(rows: 1, from: 0)).get()
      #expect(request.id == id)
    }
  }
}
