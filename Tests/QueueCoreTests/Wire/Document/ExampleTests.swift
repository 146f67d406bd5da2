import QueueCore
import Testing

/// The worked examples, decoded, compared with what they are said to mean, and encoded again.
@Suite("Hex examples of the protocol's document")
struct ExampleTests {
  let examples: [Example]

  init() throws {
    let document = try ProtocolDocument.shared.get()
    self.examples = try document.blocks.filter { $0.info.hasPrefix("hex") }.map(Example.init)
  }

  @Test("Every command has an example, and no label stands for two")
  func everyCommandHasAnExample() {
    #expect(Set(self.examples.map(\.command)) == Set(Command.allCases.map(\.name)))
    #expect(Set(self.examples.map(\.label)).count == self.examples.count)
  }

  @Test("The examples are those whose meaning is known here")
  func examplesAreKnown() {
    #expect(Set(self.examples.map(\.label)) == Set(ExpectedExamples.all.keys))
  }

  @Test(
    "An example is what it is said to be, and encodes to the same bytes", arguments: ExpectedExamples.all.keys.sorted()
  )
  func exampleIsWhatItIsSaidToBe(label: String) throws {
    let example = try #require(self.examples.first { $0.label == label })
    let expected = try #require(ExpectedExamples.all[label])
    let header = try #require(example.parts.first)
    let prefix = try Prefix(decoding: header.span.bytes)
    #expect(prefix.command.name == example.command)
    #expect(Int(prefix.parts) == example.parts.count - 1)
    #expect(example.parts.count == expected.count)
    for (part, check) in zip(example.parts, expected) { try check(part) }
  }
}

/// One hex block: a unit.
struct Example {
  var command: String
  var label: String
  var parts: [[UInt8]]

  struct Unreadable: Error, CustomStringConvertible {
    var description: String
  }

  init(_ block: ProtocolDocument.Block) throws {
    let words = block.info.split(separator: " ").map(String.init)
    guard words.count == 3 else { throw Unreadable(description: "'\(block.info)' is not 'hex COMMAND label'") }
    self.command = words[1]
    self.label = words[2]
    self.parts = []
    for line in block.lines {
      if line == "part \(self.parts.count)" {
        self.parts.append([])
      } else {
        if self.parts.isEmpty { self.parts = [[]] }
        self.parts[self.parts.count - 1] += try Self.bytes(line)
      }
    }
  }

  private static func bytes(_ line: String) throws -> [UInt8] {
    if line.hasPrefix("\""), line.hasSuffix("\""), line.count > 1 { return Array(line.dropFirst().dropLast().utf8) }
    return try line.prefix { $0 != "#" }.split(separator: " ").map { digits in
      guard digits.count == 2, let byte = UInt8(digits, radix: 16) else {
        throw Unreadable(description: "'\(digits)' in '\(line)' is no byte")
      }
      return byte
    }
  }
}
