import Glibc
import Testing

@testable import augury

@Suite("What there is to predict")
struct PredictionInputTests {
  private func verdict(_ text: String) -> InputShape.Verdict {
    var shape = InputShape()
    shape.look(at: text.utf8)
    return shape.verdict == .undecided ? shape.end() : shape.verdict
  }

  @Test(
    "An object with instances or inputs at its top level, and nothing behind it, is a document",
    arguments: [
      #"{"instances":[[1,2]]}"#, #" { "inputs" : [] } "#, "{\n  \"instances\": [\n    1\n  ]\n}\n\n",
      #"{"id":"x","parameters":{"a":[1,{"b":2}]},"inputs":[{"name":"x"}]}"#, "\u{FEFF}{\"instances\":[]}",
      #"{"a":"}\"{","instances":1}"#, #"{"instances":[1"#,
    ])
  func documents(text: String) {
    #expect(self.verdict(text) == .document)
  }

  @Test(
    "Everything else is lines",
    arguments: [
      "", "\n\n", "[1,2]\n[3,4]\n", "1\n2\n", "\"text\"", "[\n1,\n2]", #"{"x":[1,2]}"#, "{\"x\":1}\n{\"x\":2}\n",
      "{\"inputs\":[1]}\n{\"inputs\":[2]}\n", "{\"instances\":[1]}\n[2]", #"{"x":{"instances":[1]}}"#,
      #"{"x":"instances"}"#, #"{"x":["inputs"]}"#, #"{"Instances":[1]}"#, #"{"instances2":[1]}"#, #"{"x":1"#,
      #"{"in\"puts":1}"#, "{}",
    ])
  func lines(text: String) {
    #expect(self.verdict(text) == .rows)
  }

  @Test("The verdict does not depend on where the bytes are cut", arguments: [1, 2, 3, 7])
  func cuts(size: Int) {
    for text in [#"{"a":"}\"{","instances":[1]} "#, "{\"x\":1}\n{\"instances\":2}\n", "\u{FEFF}{\"inputs\":[]}"] {
      var shape = InputShape()
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        shape.look(at: rest.prefix(size))
        rest = rest.dropFirst(size)
      }
      let piecewise = shape.verdict == .undecided ? shape.end() : shape.verdict
      #expect(piecewise == self.verdict(text))
    }
  }

  @Test("Lines of objects are told after the first one")
  func linesAreToldEarly() {
    var shape = InputShape()
    shape.look(at: "{\"x\":[1,2,3]}".utf8)
    #expect(shape.verdict == .rows)
  }

  @Test("Rows are lines that are not blank, however they are cut and ended", arguments: [1, 2, 5, 1000])
  func splitting(size: Int) throws {
    var splitter = RowSplitter()
    var rows: [Row] = []
    var rest = Array("[1]\n\n  [2] \r\n\t\n{\"x\":\n[4]".utf8)[...]
    while !rest.isEmpty {
      rows += try splitter.split([UInt8](rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    rows += splitter.finish()
    rows += splitter.finish()
    #expect(
      rows
        == ["[1]", "[2]", "{\"x\":", "[4]"].enumerated().map {
          Row(number: $0.offset + 1, text: Array($0.element.utf8))
        })
  }

  @Test("A line without end is refused before it fills the memory")
  func endlessLine() {
    var splitter = RowSplitter()
    let chunk = [UInt8](repeating: UInt8(ascii: "1"), count: 8 << 20)
    let error = #expect(throws: InputError.self) {
      for _ in 0..<9 { _ = try splitter.split(chunk) }
    }
    #expect(error?.message == "row 1 is longer than 64.0 MiB, the most a row may have")
  }

  @Test("A file is read to its end, in rows or whole", arguments: [0, 3, 20_000])
  func files(rows: Int) async throws {
    let lines = (0..<rows).map { "[\($0), \"\(String(repeating: "x", count: 40))\"]" }
    let path = try self.write(lines.joined(separator: "\n"))
    defer { unlink(path) }
    guard case .rows(let reader) = try await PredictionInput.open(try ChunkReader(path: path)) else {
      Issue.record("expected rows")
      return
    }
    var read: [Row] = []
    while true {
      let next = try await reader.next()
      if next.isEmpty { break }
      read += next
    }
    #expect(read == lines.enumerated().map { Row(number: $0.offset + 1, text: Array($0.element.utf8)) })

    let document = "{\"instances\": [\n\(lines.joined(separator: ",\n"))\n]}\n"
    let other = try self.write(document)
    defer { unlink(other) }
    guard case .document(let bytes) = try await PredictionInput.open(try ChunkReader(path: other)) else {
      Issue.record("expected a document")
      return
    }
    #expect(bytes == Array(document.utf8))
  }

  @Test("What cannot be read is named", arguments: ["/nonexistent/rows.jsonl", "/tmp"])
  func unreadable(path: String) {
    let error = #expect(throws: InputError.self) { try ChunkReader(path: path) }
    #expect(error?.message.contains("'\(path)'") == true)
  }

  private func write(_ text: String) throws -> String {
    var template = Array("/tmp/augury-input-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
