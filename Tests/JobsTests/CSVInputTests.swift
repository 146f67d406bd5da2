import QueueCore
import Store
import Tensors
import Testing

@testable import Jobs

struct CSVInputTests {
  private func bench(_ change: (inout RowOptions) -> Void = { _ in }) -> FormatBench {
    FormatBench {
      $0.inputFormat = .csv
      change(&$0)
    }
  }

  private func spec(_ name: String, _ type: DataType, _ shape: [Int]?) -> TensorSpec {
    TensorSpec(name: name, dataType: type, shape: shape)
  }

  @Test func columnsBecomeARow() throws {
    let input = try self.bench().read("a,b\n1,2\n 3 ,\t4.50\n-.5,+6.\n007,1E+3\n")
    #expect(input.sent == ["[1,2]", "[3,4.50]", "[-0.5,6.0]", "[7,1e+3]"])
    #expect(input.offsets == [4, 8, 18, 26])
    #expect(input.lines == [2, 3, 4, 5])
  }

  @Test(arguments: [
    "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4", "\u{FEFF}a,b\n\n1,2\n \r\n3,4\r", "\"a\",\"b\"\n\"1\",2\n3,\"4\"\n",
  ])
  func linesMayEndInEveryUsualWay(text: String) throws {
    #expect(try self.bench().read(text).sent == ["[1,2]", "[3,4]"])
  }

  @Test func quotedCellsHoldAnything() throws {
    var bench = self.bench()
    bench.signature = Signature(inputs: [self.spec("t", .bytes, [-1, 2])], outputs: [])
    let input = try bench.read("a,b\n\"x,\"\"y\"\"\",\"line 1\nline 2\r\n\"\n\" \",\n,\"\"\n")
    #expect(input.sent == [#"["x,\"y\"","line 1\nline 2\r\n"]"#, #"[" ",""]"#, #"["",""]"#])
    #expect(input.lines == [2, 5, 6])
    #expect(input.refused.isEmpty)
  }

  @Test(arguments: [
    ("1", "the record has 1 cells, the header has 2"), ("1,2,3", "the record has 3 cells, the header has 2"),
    ("1,x", #"column "b": "x" is not a number"#), ("1,", #"column "b" is empty, expected a value"#),
    ("1,  ", #"column "b": "  " is not a number"#), ("1,2.5.6", #"column "b": "2.5.6" is not a number"#),
    ("1,0x10", #"column "b": "0x10" is not a number"#), ("1,1e", #"column "b": "1e" is not a number"#),
    ("1,2\"", "cell 2 has a quote inside a cell that is not quoted"),
    ("1,\"2\"3", "cell 2 has something after the closing quote"),
    ("1,\"2", "cell 2 opens a quote that is not closed"),
    ("1\r,2", "cell 1 has a carriage return that does not end a line"),
  ])
  func aRowThatIsWrongIsRefusedAlone(row: String, message: String) throws {
    let input = try self.bench().read("a,b\n5,6\n\(row)")
    #expect(input.sent == ["[5,6]"])
    #expect(input.refused == [2: message])
  }

  @Test func aQuoteThatIsNeverClosedTakesTheRestOfTheFile() throws {
    let input = try self.bench().read("a,b\n1,2\n\"3,4\n5,6\n")
    #expect(input.sent == ["[1,2]"])
    #expect(input.refused == [2: "cell 1 opens a quote that is not closed"])
    #expect(input.endOffset == 17)
  }

  @Test func aRecordThatIsTooLongIsMeasuredAndPassedOver() throws {
    var bench = self.bench()
    bench.byteLimit = 100
    bench.blockBytes = 16
    let long = "\"" + String(repeating: "x\n", count: 500) + "\",1"
    let input = try bench.read("a,b\n1,2\n\(long)\n3,4\n")
    #expect(input.sent == ["[1,2]", "[3,4]"])
    #expect(input.refused == [2: "the row has 1004 bytes, expected at most 99"])
    #expect(input.lines == [2, 3, 504])
  }

  @Test func specialNumbersAreWhatFloatsTakeAndIntegersDoNot() throws {
    let input = try self.bench().read("a,b\nnan,NaN\ninf,-Inf\nInfinity,+INFINITY\n")
    #expect(input.sent == [#"["NaN","NaN"]"#, #"["Infinity","-Infinity"]"#, #"["Infinity","Infinity"]"#])
    var bench = self.bench()
    bench.signature = Signature(inputs: [self.spec("n", .int32, [-1])], outputs: [])
    #expect(try bench.read("n\nnan\n5\n").refused == [1: #"column "n": "nan" is not a number"#])
  }

  @Test func cellsAreTypedByTheInputTheyAreFor() throws {
    var bench = self.bench()
    bench.signature = Signature(
      inputs: [
        self.spec("age", .int64, [-1]), self.spec("ok", .bool, [-1]), self.spec("name", .bytes, [-1, 1]),
        self.spec("v", .fp32, [-1, 2]),
      ], outputs: [])
    let input = try bench.read("v_1,name,v_0,ok,age,unused\n1,5,0,True,39,x\n3,\"\",2,0,40,\n3,z,2,yes,40,\n")
    #expect(
      input.sent == [
        #"{"age":39,"ok":true,"name":["5"],"v":[0,1]}"#, #"{"age":40,"ok":false,"name":[""],"v":[2,3]}"#,
      ])
    #expect(input.refused == [3: #"column "ok": "yes" is not true, false, 1 or 0"#])
  }

  @Test func shapesAreMadeOfColumnsRowByRow() throws {
    var bench = self.bench()
    bench.signature = Signature(inputs: [self.spec("m", .fp32, [-1, 2, -1])], outputs: [])
    #expect(try bench.read("a,b,c,d\n1,2,3,4\n").sent == ["[[1,2],[3,4]]"])
    bench.signature = Signature(inputs: [self.spec("s", .fp32, [-1])], outputs: [])
    #expect(try bench.read("only\n1\n").sent == ["1"])
    bench.signature = Signature(inputs: [self.spec("u", .fp32, nil)], outputs: [])
    #expect(try bench.read("a,b\n1,2\n").sent == ["[1,2]"])
  }

  @Test func columnsMayBeChosen() throws {
    let chosen = self.bench { $0.columns = ["X": ["c", "a"]] }
    #expect(try chosen.read("a,b,c\n1,x,3\n").sent == ["[3,1]"])
    let numbered = self.bench()
    #expect(try numbered.read("z,X[1],X[0]\nq,1,0\n").sent == ["[0,1]"])
  }

  @Test func whatIsIdOrJoinedIsNotForTheModel() throws {
    let bench = self.bench {
      $0.idField = "id"
      $0.join = .fields(["note"])
    }
    let input = try bench.read("note,id,a,b\n\"x \"\"y\"\"\",007,1,2\nn,,1,2\nm,8,z,2\n")
    #expect(input.sent == ["[1,2]"])
    #expect(input.ids == [#""007""#, #""""#, #""8""#])
    #expect(input.leads[0] == #"{"id":"007","input":{"note":"x \"y\""},"prediction":"#)
    #expect(input.refused == [2: #"column "id" is empty, expected a value"#, 3: #"column "a": "z" is not a number"#])
    let whole = self.bench { $0.join = .row }
    #expect(try whole.read("a,b\n1,x\n3,4\n").leads == ["", #"{"input":{"a":"3","b":"4"},"prediction":"#])
  }

  @Test func aFieldThatTheModelNeedsMayBeJoinedAsWell() throws {
    let bench = self.bench { $0.join = .fields(["b"]) }
    let input = try bench.read("a,b\n1,2\n")
    #expect(input.sent == ["[1,2]"])
    #expect(input.leads == [#"{"input":{"b":"2"},"prediction":"#])
  }

  @Test func invalidUTF8IsRefusedWhereItMustBeText() throws {
    var bench = self.bench()
    bench.signature = Signature(inputs: [self.spec("t", .bytes, [-1])], outputs: [])
    let bytes = Array("t,u\nok,".utf8) + [0xFF, 0x0A, 0xC3, 0x28, 0x2C, 0x31, 0x0A]
    let input = try bench.read(bytes)
    #expect(input.sent == ["\"ok\""])
    #expect(input.refused == [2: "column \"t\" is not UTF-8"])
  }

  @Test(arguments: [
    ("", "CSV_HEADER", "no header"), ("\n\n", "CSV_HEADER", "no header"), ("a,\"b\n1,2\n", "CSV_HEADER", "not closed"),
    ("a\rb\n", "CSV_HEADER", "carriage return"), ("a,b,c\n1,2,3\n", "CSV_COLUMNS", "3 columns do not make up"),
    ("a\n1\n", "CSV_COLUMNS", "1 columns do not make up"), ("X,X\n1,2\n", "CSV_COLUMNS", "twice"),
    ("X,y\n1,2\n", "CSV_COLUMNS", "1 columns do not make up"),
  ])
  func aHeaderThatDoesNotFitIsRefused(text: String, reason: String, says: String) {
    let refusal = self.bench().refusal(of: text)
    #expect(refusal?.reason == reason)
    #expect(refusal?.message.contains(says) == true, "\(refusal?.message ?? "accepted")")
  }

  @Test func columnsThatAreNotThereAreRefused() {
    let cases: [(says: String, change: (inout RowOptions) -> Void)] = [
      ("no column \"key\" for the id; it has \"a\", \"b\"", { $0.idField = "key" }),
      ("no column \"c\" for the join", { $0.join = .fields(["c"]) }),
      ("no column \"c\" for input \"X\"", { $0.columns = ["X": ["a", "c"]] }),
      ("columns are given for \"Y\"", { $0.columns = ["Y": ["a"], "X": ["a", "b"]] }),
      ("no columns are given for input \"X\"", { $0.columns = [:] }),
    ]
    for (says, change) in cases {
      let refusal = self.bench(change).refusal(of: "a,b\n1,2\n")
      #expect(refusal?.reason == "CSV_COLUMNS")
      #expect(refusal?.message.contains(says) == true, "\(refusal?.message ?? "accepted")")
    }
    var several = self.bench()
    several.signature.inputs.append(self.spec("Y", .fp32, [-1]))
    #expect(several.refusal(of: "a,b\n1,2\n")?.message.hasPrefix("the header has no column for input \"X\"") == true)
    several.signature.inputs = []
    #expect(several.refusal(of: "a\n")?.reason == "CSV_COLUMNS")
  }

  @Test func chunksAreTheSameWhateverTheBlocksAndWhereverReadingBegins() throws {
    var random = SplitMix64(seed: 11)
    let pieces = [
      "1", "2.5", ",", ",", ",", "\"", "\"\"", "\n", "\n", "\r\n", "\r", " ", "nan", "é", "xxxxxxxxxxxxxxxxxxxx",
    ]
    for _ in 0..<200 {
      var text = random.chance(oneIn: 4) ? "\u{FEFF}a,b\n" : "a,b\r\n"
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        text += pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }
      let bytes = Array(text.utf8)
      var bench = self.bench { $0.join = .row }
      bench.rowLimit = Int.random(in: 1...3, using: &random)
      bench.byteLimit = Int.random(in: 10...40, using: &random)
      let whole = try bench.read(bytes)
      for blockBytes in [1, 3, 7] {
        bench.blockBytes = blockBytes
        #expect(try bench.read(bytes) == whole, "\(text.debugDescription) in blocks of \(blockBytes)")
      }
      var seen = 0
      for end in whole.chunkEnds {
        var checkpoint = JobCheckpoint.start
        checkpoint.inputOffset = end.offset
        checkpoint.lines = end.line
        checkpoint.predictedRows = end.rows
        seen = Int(end.rows)
        let rest = try bench.read(bytes, from: checkpoint)
        #expect(rest.offsets == Array(whole.offsets.dropFirst(seen)))
        #expect(rest.lines == Array(whole.lines.dropFirst(seen)))
        #expect(rest.leads == Array(whole.leads.dropFirst(seen)))
      }
      #expect(seen == whole.offsets.count)
    }
  }
}
