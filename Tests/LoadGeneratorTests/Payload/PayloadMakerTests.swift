import QueueCore
import Tensors
import Testing

@testable import LoadGenerator

@Suite struct PayloadMakerTests {
  private static let signature = Signature(
    inputs: [
      TensorSpec(name: "X", dataType: .fp32, shape: [-1, 3]), TensorSpec(name: "words", dataType: .bytes, shape: [-1]),
    ],
    outputs: [TensorSpec(name: "Y", dataType: .fp32, shape: [-1])])
  private static let single = Signature(
    inputs: [TensorSpec(name: "X", dataType: .fp32, shape: [-1, 3])],
    outputs: [TensorSpec(name: "Y", dataType: .fp32, shape: [-1])])

  private static func payloads(
    _ form: PayloadForm, _ source: PayloadSource, instances: Int? = nil, of signature: Signature? = Self.signature
  ) throws(LoadError) -> [LoadPayload] {
    try PayloadMaker(model: "m", signature: signature, form: form).payloads(from: source, instances: instances)
  }

  private static func parse(_ payload: LoadPayload, by signature: Signature = Self.signature) throws -> TensorRequest {
    let parts = payload.parts.dropFirst().map { TensorBuffer(TensorMemory(copying: $0)) }
    let head = payload.parts[0]
    return try JSONTensorParser(signature: signature).parseRequest(head.span.bytes, parts: parts)
  }

  private static func text(_ payload: LoadPayload) -> String { String(decoding: payload.parts[0], as: UTF8.self) }

  private static func rows(_ texts: String...) -> PayloadSource { .rows(texts.map { Array($0.utf8) }) }

  @Test("Zeros are what the model takes, in every form", arguments: [PayloadForm.json, .openInference, .binary])
  func zeros(form: PayloadForm) throws {
    let payloads = try Self.payloads(form, .zeros, instances: 4)
    let payload = try #require(payloads.first)
    #expect(payloads.count == 1 && payload.instances == 4)
    #expect(payload.parts.count == (form == .binary ? 3 : 1))
    #expect(payload.contentType == (form == .binary ? .tensors : .json))
    let request = try Self.parse(payload)
    #expect(request.inputs[0] == (try Tensor(zeros: .fp32, shape: [4, 3])))
    #expect(try request.inputs[1].strings() == ["", "", "", ""])
  }

  @Test("Random payloads differ, are of the right shape and follow from the seed")
  func random() throws {
    let payloads = try Self.payloads(.binary, .random(seed: 5), instances: 2)
    #expect(payloads.count > 1 && Set(payloads).count == payloads.count)
    #expect(payloads == (try Self.payloads(.binary, .random(seed: 5), instances: 2)))
    #expect(payloads != (try Self.payloads(.binary, .random(seed: 6), instances: 2)))
    let request = try Self.parse(payloads[0])
    let values = try request.inputs[0].values(as: Float.self)
    #expect(values.count == 6 && values.allSatisfy { (0..<1).contains($0) } && Set(values).count == 6)
    for type in DataType.allCases {
      let odd = Signature(inputs: [TensorSpec(name: "a", dataType: type, shape: [2, 2])], outputs: [])
      for form in [PayloadForm.json, .binary] {
        let one = try Self.payloads(form, .random(seed: 1), of: odd)[0]
        #expect(try Self.parse(one, by: odd).inputs[0].shape == [2, 2], "\(type)")
      }
    }
  }

  @Test("Rows go so many a request, one after the other and round again, until all requests there are have been made")
  func rows() throws {
    let source = Self.rows("[1,2,3]", "[4,5,6]", "[7,8,9]")
    let pairs = try Self.payloads(.json, source, instances: 2, of: Self.single)
    #expect(
      pairs.map(Self.text) == [
        #"{"instances":[[1,2,3],[4,5,6]]}"#, #"{"instances":[[7,8,9],[1,2,3]]}"#, #"{"instances":[[4,5,6],[7,8,9]]}"#,
      ])
    #expect(pairs.allSatisfy { $0.instances == 2 && $0.contentType == .json })
    #expect(try Self.payloads(.json, source, instances: 3, of: nil).count == 1)
    #expect(try Self.payloads(.json, source, of: nil).count == 3)

    for form in [PayloadForm.openInference, .binary] {
      let payload = try Self.payloads(form, source, instances: 2, of: Self.single)[1]
      let request = try Self.parse(payload, by: Self.single)
      #expect(request.form == .openInference && payload.instances == 2)
      #expect(try request.inputs[0].values(as: Float.self) == [7, 8, 9, 1, 2, 3])
    }
  }

  @Test("Many rows, or large ones, make no more payloads than fit")
  func limits() throws {
    let row = Array("[\(Array(repeating: "0.123456", count: 20_000).joined(separator: ","))]".utf8)
    let large = try Self.payloads(.json, .rows(Array(repeating: row, count: 100)), of: nil)
    #expect(large.count > 1 && large.reduce(0) { $0 + $1.byteCount } < 5 << 20)
    let many = try Self.payloads(.json, .rows((0..<1000).map { Array("\($0)".utf8) }), of: nil)
    #expect(many.count == 64)
  }

  @Test("A document goes as it is where it may; its instances are counted")
  func documents() throws {
    let instances = Array(#"{"instances": [[1,2,3],[4,5,6]]}"#.utf8)
    let inputs = Array(#"{"inputs":[{"name":"X","shape":[5,3],"datatype":"FP32","data":[]}]}"#.utf8)
    #expect(
      try Self.payloads(.json, .document(instances), of: nil) == [
        LoadPayload(contentType: .json, parts: [instances], instances: 2)
      ])
    #expect(try Self.payloads(.openInference, .document(inputs), of: nil)[0].instances == 5)
    let converted = try Self.payloads(.openInference, .document(instances), of: Self.single)[0]
    #expect(Self.text(converted).contains(#""inputs""#) && converted.instances == 2)
    let binary = try Self.payloads(.binary, .document(instances), of: Self.single)[0]
    #expect(try Self.parse(binary, by: Self.single).inputs[0].values(as: Float.self) == [1, 2, 3, 4, 5, 6])
  }

  @Test("What cannot be sent is told, by name")
  func errors() throws {
    func message(
      _ form: PayloadForm, _ source: PayloadSource, instances: Int? = nil, of signature: Signature? = Self.single
    ) -> String {
      do throws(LoadError) {
        _ = try Self.payloads(form, source, instances: instances, of: signature)
        return ""
      } catch {
        return error.message
      }
    }
    #expect(message(.json, .zeros, of: nil).contains("'m' does not say what inputs it takes"))
    #expect(message(.json, .zeros, of: Signature(inputs: [], outputs: [])).contains("does not say"))
    let fixed = Signature(inputs: [TensorSpec(name: "X", dataType: .fp32, shape: [3])], outputs: [])
    #expect(message(.json, .zeros, instances: 2, of: fixed).contains("one instance a request, not 2"))
    #expect(message(.binary, Self.rows("[1,2]")).contains("3"), "what was expected")
    #expect(message(.json, .document(Array("{}".utf8))).contains("neither"))
    #expect(message(.json, .document(Array("{".utf8))).contains("no request"))
    #expect(message(.json, .document(Array(#"{"instances":[]}"#.utf8))).contains("no instances"))
    #expect(message(.json, .document(Array(#"{"instances":[1]}"#.utf8)), instances: 2).contains("as it is"))
    #expect(message(.json, .rows([])).contains("no rows"))
  }
}
