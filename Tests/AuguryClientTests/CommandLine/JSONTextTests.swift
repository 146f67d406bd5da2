import Testing

@testable import augury

@Suite("Values in JSON text")
struct JSONTextTests {
  private func text(_ range: Range<Int>?, of text: String) -> String? {
    range.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) }
  }

  @Test(
    "One value is one, with blanks around it or not",
    arguments: [
      "1", " -1.5e3 ", "null", "\"a,b]\"", "\"\\\"\"", "[1,[2,3]]", " {\"a\":{\"b\":\"}\"}}\t", "[]", "[\"]\"]",
    ])
  func oneValue(text: String) {
    #expect(JSONText(Array(text.utf8)).isOneValue)
  }

  @Test(
    "What is none, or more than one, or could reach out of the list it is put into, is not",
    arguments: [
      "", "  ", "1,2", "[1],[2]", "1]", "]", "1],\"x\":[2", "[1", "\"abc", "\"abc\\\"", "[1] 2", "1 2", ":", "{]]", ",",
    ])
  func notOneValue(text: String) {
    #expect(!JSONText(Array(text.utf8)).isOneValue)
  }

  @Test("Members are found by their key at the top level alone")
  func members() {
    let text = #" {"a" : {"predictions":[0]}, "b":"predictions", "predictions" : [ {"x":1} , "]," ], "c":null}"#
    let json = JSONText(Array(text.utf8))
    #expect(self.text(json.member("predictions"), of: text) == #"[ {"x":1} , "]," ]"#)
    #expect(self.text(json.member("c"), of: text) == "null")
    #expect(json.member("x") == nil)
    #expect(
      json.member("predictions").flatMap { json.elements(of: $0) }?.map { self.text($0, of: text) } == [
        #"{"x":1}"#, #""],""#,
      ])
  }

  @Test("Elements of an array, none of an empty one, nil of what is no array")
  func elements() {
    func elements(_ text: String) -> [String]? {
      let json = JSONText(Array(text.utf8))
      return json.value(from: 0).flatMap { json.elements(of: $0) }?.compactMap { self.text($0, of: text) }
    }
    #expect(elements("[1,2.5,\"x\"]") == ["1", "2.5", "\"x\""])
    #expect(elements(" [ ] ") == [])
    #expect(elements("[[1],[2]]") == ["[1]", "[2]"])
    #expect(elements("{\"a\":1}") == nil)
    #expect(elements("[1 2]") == nil)
    #expect(elements("[1,]") == nil)
  }

  @Test(
    "Text that is no object, or breaks off, has no members",
    arguments: ["", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{\"a\":[1}"])
  func brokenObjects(text: String) {
    #expect(JSONText(Array(text.utf8)).member("b") == nil)
  }
}
