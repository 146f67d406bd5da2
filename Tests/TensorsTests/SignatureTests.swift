import Tensors
import Testing

/// What fits a model's signature and how the rest is refused.
@Suite struct SignatureTests {
  private let signature = Signature(
    inputs: [
      TensorSpec(name: "X", dataType: .fp32, shape: [-1, 64]), TensorSpec(name: "ids", dataType: .int64, shape: [-1]),
    ],
    outputs: [TensorSpec(name: "label", dataType: .int64, shape: [-1])])

  private func rows(_ count: Int) throws(TensorError) -> NamedTensor {
    NamedTensor("X", try Tensor([Float](repeating: 0, count: count * 64), shape: [count, 64]))
  }

  private func ids(_ count: Int) throws(TensorError) -> NamedTensor {
    NamedTensor("ids", try Tensor((0..<count).map { Int64($0) }))
  }

  @Test func namesArePutInOrder() throws {
    let matched = try self.signature.match([try self.ids(2), try self.rows(2)])
    #expect(matched.map { $0.dataType } == [.fp32, .int64])
  }

  @Test func everyMismatchNamesTheCulprit() throws {
    let narrow = NamedTensor("X", try Tensor([Float](repeating: 0, count: 126), shape: [2, 63]))
    let doubles = NamedTensor("X", try Tensor([Double](repeating: 0, count: 64), shape: [1, 64]))
    let cases: [([NamedTensor], TensorError.Reason, String)] = [
      ([narrow, try self.ids(2)], .wrongShape, "input \"X\": shape [2,63], expected [-1,64]"),
      ([doubles, try self.ids(1)], .wrongType, "input \"X\": datatype FP64, expected FP32"),
      ([try self.rows(1)], .missingInput, "missing input \"ids\"; the request has \"X\""),
      ([], .missingInput, "missing input \"X\", \"ids\"; the request has none"),
      (
        [try self.rows(1), NamedTensor("y", try self.ids(1).tensor)], .unknownInput,
        "unknown input \"y\", expected \"X\", \"ids\""
      ),
      ([try self.rows(1), try self.rows(1)], .duplicateInput, "input \"X\" is given twice"),
      (
        [try self.rows(2), try self.ids(3)], .wrongShape,
        "input \"ids\": shape [3], expected 2 rows as in input \"X\""
      ),
      ([try self.rows(0), try self.ids(0)], .wrongShape, "input \"X\": shape [0,64], expected at least one row"),
    ]
    for (named, reason, message) in cases {
      let error = failure(try self.signature.match(named))
      #expect(error == TensorError(.invalidArgument, reason, message))
    }
  }

  @Test func batchabilityFollowsFirstDimensions() {
    func spec(_ shape: [Int]?) -> TensorSpec { TensorSpec(name: "x", dataType: .fp32, shape: shape) }
    #expect(Signature(inputs: [spec([-1, 2])], outputs: [spec([-1])]).isBatchable)
    #expect(!Signature(inputs: [spec([-1, 2])], outputs: [spec([])]).isBatchable)
    #expect(!Signature(inputs: [spec([1, 2])], outputs: [spec([-1])]).isBatchable)
    #expect(!Signature(inputs: [spec(nil)], outputs: [spec([-1])]).isBatchable)
    #expect(!Signature(inputs: [], outputs: []).isBatchable)
  }

  @Test func unknownRankTakesAnyShape() throws {
    let open = Signature(inputs: [TensorSpec(name: "x", dataType: .fp32, shape: nil)], outputs: [])
    try open.validate([Tensor(scalar: 1 as Float)])
    try open.validate([try Tensor([1 as Float], shape: [1, 1, 1])])
    #expect(open.description == "x FP32[...] -> ")
  }

  @Test func warmUpInputsFit() throws {
    let inputs = try self.signature.makeWarmUpInputs(rows: 3)
    #expect(inputs.map { $0.shape } == [[3, 64], [3]])
    try self.signature.validate(inputs)
    let strings = Signature(inputs: [TensorSpec(name: "s", dataType: .bytes, shape: [-1, 2])], outputs: [])
    #expect(try strings.makeWarmUpInputs()[0].strings() == ["", ""])
    let huge = Signature(inputs: [TensorSpec(name: "h", dataType: .fp32, shape: [1 << 40, 1 << 18])], outputs: [])
    #expect(failure(try huge.makeWarmUpInputs())?.reason == .wrongShape)
  }
}
