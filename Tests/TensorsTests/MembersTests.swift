import Tensors
import Testing

/// JSON looked at in its text.
@Suite struct MembersTests {
  private func list(_ text: String) throws -> [(key: String, value: String, member: String)] {
    let members = JSONMembers()
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBytes { try members.list($0) }
    return (0..<members.count).map { index in
      (
        members.key(index), String(decoding: bytes[members.value(index)], as: UTF8.self),
        String(decoding: bytes[members.text(index)], as: UTF8.self)
      )
    }
  }

  @Test func membersAreFoundAsTheyStand() throws {
    let found = try self.list(
      #" { "a" : 1 , "b\u0041\"":[1, {"x": "]}"} ] ,"c":"tëxt\n" , "d":-1.50e+3,"e":null,"f":{ } , "g":true} "#)
    #expect(found.map(\.key) == ["a", "bA\"", "c", "d", "e", "f", "g"])
    #expect(
      found.map(\.value) == ["1", #"[1, {"x": "]}"} ]"#, #""tëxt\n""#, "-1.50e+3", "null", "{ }", "true"])
    #expect(found[0].member == #""a" : 1"#)
    #expect(found[1].member == #""b\u0041\"":[1, {"x": "]}"} ]"#)
  }

  @Test func elementsAreFoundAsTheyStand() throws {
    #expect(try self.list("[ 1 ,[2,3], \"x\" ]").map(\.value) == ["1", "[2,3]", "\"x\""])
    #expect(try self.list("[]").isEmpty)
    #expect(try self.list("{}").isEmpty)
  }

  @Test func keysAreComparedWithoutEscapes() throws {
    let members = JSONMembers()
    let text = Array(#"{"id":1}"#.utf8)
    try text.withUnsafeBytes { try members.list($0) }
    #expect(members.hasKey(0, Array("id".utf8)))
    #expect(!members.hasKey(0, Array("i".utf8)))
    #expect(!members.hasKey(0, Array("idx".utf8)))
  }

  @Test(arguments: [
    ("", TensorError.Reason.malformedJSON), ("{", .malformedJSON), (#"{"a":1"#, .malformedJSON),
    (#"{"a" 1}"#, .malformedJSON), (#"{"a":}"#, .malformedJSON), (#"{"a":[1,}"#, .malformedJSON),
    (#"{"a":1} x"#, .malformedJSON), (#"{"a":NaN}"#, .malformedJSON), (#"{"a":tru}"#, .malformedJSON),
    (#"{"a":{"b":[1,2,"c":3]}}"#, .malformedJSON), ("{\"a\":\"\u{1}\"}", .malformedJSON), ("5", .wrongForm),
    ("\"a\"", .wrongForm), ("null", .wrongForm),
  ])
  func whatIsNotAnObjectOrArrayIsRefused(text: String, reason: TensorError.Reason) {
    #expect {
      _ = try self.list(text)
    } throws: { ($0 as? TensorError)?.reason == reason }
  }

  @Test func invalidUTF8IsRefused() {
    let bytes: [UInt8] = Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    #expect(throws: TensorError.self) { try bytes.withUnsafeBytes { try JSONMembers().list($0) } }
  }

  @Test(arguments: ["", "plain", "\"\\/\n\r\t\u{8}\u{C}\u{0}\u{1F}", "é\u{1F600}\u{2028}"])
  func stringsComeBackFromJSON(text: String) {
    let json = JSONText.string(text)
    #expect(json.withUnsafeBytes { JSONText.content(of: $0) } == text)
    #expect(!json.contains { $0 < 0x20 })
  }

  @Test func escapesOfAllKindsAreUnderstood() {
    let cases = [
      (#""\u00e9\ud83d\ude00\/\b\f""#, "é\u{1F600}/\u{8}\u{C}"), (#""\ud83d""#, "\u{FFFD}"),
      (#""\udc00x""#, "\u{FFFD}x"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"),
    ]
    for (json, text) in cases {
      #expect(Array(json.utf8).withUnsafeBytes { JSONText.content(of: $0) } == text)
    }
  }

  @Test func bytesThatAreNotTextAreNoString() {
    var output: [UInt8] = [1]
    let bytes: [UInt8] = [0x61, 0xC3, 0x28]
    #expect(!bytes.withUnsafeBytes { JSONText.append(string: $0, to: &output) })
    #expect(output == [1])
  }

  @Test func aSignatureComesBackFromItsMetadata() throws {
    let signature = Signature(
      inputs: [
        TensorSpec(name: "X \"1\"", dataType: .fp32, shape: [-1, 64]),
        TensorSpec(name: "n", dataType: .bytes, shape: nil),
        TensorSpec(name: "s", dataType: .int64, shape: []),
      ],
      outputs: [TensorSpec(name: "label", dataType: .bool, shape: [-1])])
    let text = ByteBuffer()
    text.appendMetadata(modelName: "m", versions: ["1"], platform: "p", signature: signature)
    let bytes = text.bytes.withUnsafeBytes { Array($0) }
    #expect(try Signature(metadata: bytes) == signature)
    for wrong in ["", "{}", "[]", #"{"inputs":[],"outputs":[{"name":"a","datatype":"FP8","shape":[1]}]}"#] {
      #expect(throws: TensorError.self) { try Signature(metadata: Array(wrong.utf8)) }
    }
  }

  @Test func rawElementsAreWrittenAsRows() {
    let buffer = ByteBuffer()
    let values: [Float] = [1.5, -.infinity, .nan, 0.1]
    values.withUnsafeBytes { buffer.append(values: $0, dataType: .fp32, shape: [2, 2]) }
    #expect(
      buffer.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == #"[[1.5,"-Infinity"],["NaN",0.1]]"#)
  }
}
