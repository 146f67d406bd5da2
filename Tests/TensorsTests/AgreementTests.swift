import Testing

@testable import Tensors

/// When two versions' answers are the same.
@Suite struct AgreementTests {
  private static func floats(_ values: [Float], shape: [Int]? = nil) throws -> [NamedTensor] {
    [NamedTensor("y", try Tensor(values, shape: shape))]
  }

  @Test(
    arguments: [
      (1.0, 1.0, true), (1.0, 1.001, true), (1.0, 1.002, false), (0, 1e-5, true), (0, 2e-5, false),
      (1000, 1001, true), (1000, 1002.1, false), (-1, 1, false), (.nan, .nan, true), (.nan, 1, false),
      (.infinity, .infinity, true), (.infinity, -.infinity, false), (.infinity, 1e30, false),
    ] as [(Double, Double, Bool)])
  func floatsAgreeWithinTheTolerance(value: Double, reference: Double, agrees: Bool) throws {
    #expect(Tolerance().allows(value, for: reference) == agrees)
    let outputs = [NamedTensor("y", try Tensor([value]))]
    let expected = [NamedTensor("y", try Tensor([reference]))]
    #expect((Agreement.of(outputs, reference: expected) == .agreed) == agrees)
  }

  @Test func theFirstDifferenceIsNamed() throws {
    #expect(
      Agreement.of(try Self.floats([1, 2, 3]), reference: try Self.floats([1, 2.5, 4]))
        == .differed("output \"y\", element 1, is 2.0, expected 2.5"))
    #expect(
      Agreement.of(try Self.floats([1, 2]), reference: try Self.floats([1, 2], shape: [2, 1]))
        == .differed("output \"y\" has shape [2], expected [2,1]"))
    #expect(
      Agreement.of(try Self.floats([1]), reference: [NamedTensor("y", try Tensor([Double(1)]))])
        == .differed("output \"y\" is FP32, expected FP64"))
    #expect(
      Agreement.of([], reference: try Self.floats([1])) == .differed("output \"y\" is missing"))
    #expect(
      Agreement.of(try Self.floats([1]), reference: []) == .differed("output \"y\" is not expected"))
  }

  @Test func otherTypesAreComparedExactlyAndOutputsByName() throws {
    let label = NamedTensor("label", try Tensor([Int64(7), 9]))
    let flag = NamedTensor("flag", try Tensor([true, false]))
    let word = NamedTensor("word", try Tensor(["a", "bc"]))
    #expect(Agreement.of([label, flag, word], reference: [word, label, flag]) == .agreed)
    #expect(
      Agreement.of([NamedTensor("label", try Tensor([Int64(7), 8]))], reference: [label])
        == .differed("output \"label\", element 1, is 8, expected 9"))
    #expect(
      Agreement.of([NamedTensor("flag", try Tensor([true, true]))], reference: [flag])
        == .differed("output \"flag\", element 1, is true, expected false"))
    #expect(
      Agreement.of([NamedTensor("word", try Tensor(["a", "bd"]))], reference: [word])
        == .differed(#"output "word", element 1, is "bd", expected "bc""#))
    let half = NamedTensor("h", try Tensor([Float16(1)]))
    #expect(Agreement.of([NamedTensor("h", try Tensor([Float16(1.001)]))], reference: [half]) == .agreed)
  }

  @Test(arguments: [
    (#"{"predictions":[1.0,2.0]}"#, #"{"predictions":[1.0005, 2.0]}"#, true),
    (#"{"predictions":[1.0,2.0]}"#, #"{"predictions":[1.0,2.5]}"#, false),
    (#"{"predictions":[100000]}"#, #"{"predictions":[100001]}"#, false),
    (#"{"predictions":[{"label":3,"p":[0.1]}]}"#, #"{"predictions":[{"p":[0.1],"label":3}]}"#, true),
    (#"{"predictions":["cat"]}"#, #"{"predictions":["dog"]}"#, false),
    (#"{"predictions":["NaN"]}"#, #"{"predictions":["NaN"]}"#, true),
    (#"{"predictions":[true]}"#, #"{"predictions":[false]}"#, false),
    (#"{"predictions":[[1.0]]}"#, #"{"predictions":[[1.0,1.0]]}"#, false),
    (#"{"predictions":[1.0]}"#, #"{"predictions":["1.0"]}"#, false),
    (#"{"model_version":"1","id":"a","predictions":[]}"#, #"{"model_version":"2","predictions":[]}"#, true),
    (#"{"predictions":[],"more":1}"#, #"{"predictions":[]}"#, false),
    (#"{"predictions":["a\"b"]}"#, #"{"predictions":["a\"c"]}"#, false),
    ("1e3", "1000.0", true), ("null", "null", true),
  ])
  func documentsAreComparedByTheSameRules(reply: String, reference: String, agrees: Bool) {
    let agreement = Agreement.ofJSON(Array(reply.utf8), reference: Array(reference.utf8))
    #expect((agreement == .agreed) == agrees)
    #expect(agreement != nil)
  }

  @Test func theFirstDifferenceOfDocumentsIsNamed() {
    #expect(
      Agreement.ofJSON(Array(#"{"predictions":[{"a":1}]}"#.utf8), reference: Array(#"{"predictions":[{"a":2}]}"#.utf8))
        == .differed(".predictions[0].a is 1, expected 2"))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "nope", "[1] 2", "\"open", "{1:2}", "-",
    String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
  ])
  func whatIsNoDocumentIsNotCompared(text: String) {
    #expect(Agreement.ofJSON(Array(text.utf8), reference: Array("1".utf8)) == nil)
    #expect(Agreement.ofJSON(Array("1".utf8), reference: Array(text.utf8)) == nil)
  }
}
