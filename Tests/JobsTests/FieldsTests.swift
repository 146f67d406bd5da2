import QueueCore
import Store
import Tensors
import Testing

@testable import Jobs

/// Rows of JSON Lines with an id, or with something of them joined to the output.
struct FieldsTests {
  @Test func theIDIsTakenOutOfTheRow() throws {
    let bench = FormatBench { $0.idField = "custom_id" }
    let input = try bench.read(
      "{\"custom_id\":\"a\",\"X\":[1,2]}\n{\"X\" : [3, 4] , \"custom_id\" : -7.5e1 }\n{ \"custom_id\":\"x\\ny\"}\n")
    #expect(input.sent == [#"{"X":[1,2]}"#, #"{"X" : [3, 4]}"#, "{}"])
    #expect(input.ids == ["\"a\"", "-7.5e1", #""x\ny""#])
    #expect(input.leads[0] == #"{"custom_id":"a","prediction":"#)
    #expect(input.refused.isEmpty)
  }

  @Test(arguments: [
    (#"{"X":[1,2]}"#, "the row has no \"id\""), (#"{"id":null}"#, "\"id\" must be a string or a number"),
    (#"{"id":[1]}"#, "\"id\" must be a string or a number"), (#"{"id":1,"id":2}"#, "\"id\" is given twice"),
    ("[1,2]", "expected an object with \"id\", got another kind of value"),
    (#"{"id":1,"X":[1,}"#, "malformed JSON"), (#"{"id":1} {}"#, "malformed JSON"), (#"{"id":NaN}"#, "malformed JSON"),
  ])
  func aRowWithoutAUsableIDIsRefusedAlone(row: String, says: String) throws {
    let bench = FormatBench { $0.idField = "id" }
    let input = try bench.read("{\"id\":1}\n\(row)\n{\"id\":2}")
    #expect(input.sent == ["{}", "{}"])
    #expect(input.refused.keys.sorted() == [2])
    #expect(input.refused[2]?.hasPrefix(says) == true, "\(input.refused)")
  }

  @Test func invalidUTF8IsRefusedAlone() throws {
    let bench = FormatBench { $0.idField = "id" }
    let input = try bench.read(Array("{\"id\":1}\n{\"id\":\"".utf8) + [0xFF] + Array("\"}\n{\"id\":2}\n".utf8))
    #expect(input.sent.count == 2)
    #expect(input.refused.keys.sorted() == [2])
  }

  @Test func fieldsOrTheWholeRowAreJoined() throws {
    let fields = FormatBench { $0.join = .fields(["b", "a"]) }
    let input = try fields.read("{\"a\": 1,\"b\":{\"c\":[2]},\"X\":[1,2]}\n{\"X\":[1,2]}\n{\"a\":1,\"a\":2}\n[1]\n")
    #expect(input.sent == [#"{"a": 1,"b":{"c":[2]},"X":[1,2]}"#, #"{"X":[1,2]}"#])
    #expect(input.leads[0] == #"{"input":{"b":{"c":[2]},"a": 1},"prediction":"#)
    #expect(input.leads[1] == #"{"input":{},"prediction":"#)
    #expect(input.refused.keys.sorted() == [3, 4])
    let row = FormatBench { $0.join = .row }
    #expect(try row.read("[1,2]\r\n").leads == [#"{"input":[1,2],"prediction":"#])
    let both = FormatBench {
      $0.idField = "id"
      $0.join = .row
    }
    #expect(try both.read(#"{"id":5,"X":[1,2]}"#).leads == [#"{"id":5,"input":{"X":[1,2]},"prediction":"#])
  }

  @Test func whatIsJoinedToCSVIsCells() throws {
    let bench = FormatBench {
      $0.outputFormat = .csv
      $0.idField = "id"
      $0.join = .fields(["name", "tags", "gone"])
    }
    let input = try bench.read(#"{"id":7,"name":"O\"Hara, J\u00f6rg","tags":["a",1]}"#)
    #expect(input.leads == ["7,\"O\"\"Hara, Jörg\",\"[\"\"a\"\",1]\",,"])
    let (plan, _) = try bench.plan([])
    #expect(
      String(decoding: plan.head, as: UTF8.self)
        == "id,name,tags,gone,label,probabilities[0],probabilities[1]\n")
  }

  @Test func aRowThatGrowsBeyondTheLimitIsRefused() throws {
    var bench = FormatBench { $0.idField = "id" }
    bench.byteLimit = 60
    let long = "{\"id\":1,\"X\":\"\(String(repeating: "x", count: 60))\"}"
    let input = try bench.read("{\"id\":0}\n\(long)\n{\"id\":2}\n")
    #expect(input.sent == ["{}", "{}"])
    #expect(input.refused == [2: "the row has \(long.utf8.count) bytes, expected at most 59"])
    #expect(input.chunkEnds.count == 1)
  }

  @Test func optionsThatDoNotGoTogetherAreRefused() {
    let cases: [(says: String, change: (inout RowOptions) -> Void)] = [
      ("the output uses itself", { $0.idField = "input" }), ("the output uses itself", { $0.idField = "prediction" }),
      ("empty name", { $0.idField = "" }), ("no field to join", { $0.join = .fields([]) }),
      ("named twice", { $0.join = .fields(["a", "a"]) }), ("named twice", { $0.outputs = ["label", "label"] }),
      ("no output is named", { $0.outputs = [] }), ("is not CSV", { $0.columns = ["X": ["a"]] }),
      (
        "\"a\" is the id",
        {
          $0.idField = "a"; $0.join = .fields(["a"])
        }
      ),
      (
        "nothing can be joined",
        {
          $0.outputFormat = .npy; $0.outputs = ["label"]; $0.join = .row
        }
      ),
      (
        "no field that names them",
        {
          $0.inputFormat = .npy; $0.idField = "a"
        }
      ),
      (
        "no fields that could be joined",
        {
          $0.inputFormat = .npy; $0.join = .fields(["a"])
        }
      ),
      ("has no output \"x\"; it has \"label\", \"probabilities\"", { $0.outputs = ["x"] }),
      ("one output of the model; choose one of 2", { $0.outputFormat = .npy }),
      (
        "\"label\" would stand twice",
        {
          $0.outputFormat = .csv; $0.join = .fields(["label"])
        }
      ),
    ]
    for (says, change) in cases {
      let message = FormatBench(change).refusal(of: "")?.message
      #expect(message?.contains(says) == true, "\(message ?? "accepted"), expected \(says)")
    }
  }

  @Test func aModelThatIsNotKnownIsEnoughForPlainLinesOnly() throws {
    for change in [
      { $0.inputFormat = .csv }, { $0.outputFormat = .csv }, { $0.outputFormat = .npy }, { $0.outputs = ["a"] },
    ] as [(inout RowOptions) -> Void] {
      let bench = FormatBench(change)
      let path = try bench.folder.write("in", "a,b\n1,2\n")
      // At submission that is for later.
      try RowPlan.check(bench.options, signature: nil, input: path, byteLimit: 100)
      #expect {
        _ = try RowPlan(
          bench.options, signature: nil, reading: PlainSource(try OpenFile.forReading(path), size: 8), path: path,
          byteLimit: 100)
      } throws: { error in
        guard case InputError.refused(let refusal) = error else { return false }
        return refusal.reason == RowPlan.noSignature
      }
    }
  }
}
