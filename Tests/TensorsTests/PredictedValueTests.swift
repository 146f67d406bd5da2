import Tensors
import Testing

/// What of a reply can be held against the truth.
struct PredictedValueTests {
  private func values(_ reply: String, output: String? = nil) -> [PredictedValue]? {
    PredictedValue.ofJSON(Array(reply.utf8), output: output)
  }

  @Test func aRowWithOneValueIsThatValue() {
    #expect(self.values(#"{"predictions":[3,4]}"#) == [.label("3"), .label("4")])
    #expect(self.values(#"{"predictions":[3.0,0.5,1e2]}"#) == [.number(3), .number(0.5), .number(100)])
    #expect(self.values(#"{"predictions":["cat",true,[7]]}"#) == [.label("cat"), .label("true"), .label("7")])
    #expect(self.values(#"{"predictions":[]}"#) == [])
  }

  @Test func ofSeveralOutputsTheOnlyOneWithOneValueCounts() {
    let row = #"{"label":3,"probabilities":[0.1,0.9]}"#
    #expect(self.values(#"{"predictions":[\#(row),\#(row)]}"#) == [.label("3"), .label("3")])
    let two = #"{"predictions":[{"label":3,"score":0.5}]}"#
    #expect(self.values(two) == nil)
    #expect(self.values(two, output: "score") == [.number(0.5)])
    #expect(self.values(two, output: "nothing") == nil)
  }

  @Test func openInferenceRepliesAreReadByTheirShapes() {
    let reply = """
      {"model_name":"m","outputs":[
        {"name":"label","datatype":"INT64","shape":[2],"data":[3,4]},
        {"name":"p","datatype":"FP32","shape":[2,2],"data":[0.1,0.9,0.2,0.8]}]}
      """
    #expect(self.values(reply) == [.label("3"), .label("4")])
    #expect(self.values(reply, output: "label") == [.label("3"), .label("4")])
    #expect(self.values(reply, output: "p") == nil)
  }

  @Test(arguments: [
    "", "[]", "{}", "null", #"{"predictions":3}"#, #"{"predictions":[null]}"#, #"{"predictions":[[1,2]]}"#,
  ])
  func whatHasNoSuchValueIsNone(reply: String) {
    #expect(self.values(reply) == nil)
  }

  @Test func tensorsAreReadByTheirTypes() throws {
    let label = NamedTensor("label", try Tensor([Int64(3), 4], shape: [2]))
    let column = NamedTensor("price", try Tensor([Float(0.5), 2], shape: [2, 1]))
    let wide = NamedTensor("p", try Tensor([Float](repeating: 0, count: 4), shape: [2, 2]))
    #expect(PredictedValue.ofTensors([label, wide], output: nil) == [.label("3"), .label("4")])
    #expect(PredictedValue.ofTensors([column, wide], output: nil) == [.number(0.5), .number(2)])
    #expect(PredictedValue.ofTensors([label, column], output: nil) == nil)
    #expect(PredictedValue.ofTensors([label, column], output: "price") == [.number(0.5), .number(2)])
  }
}
