import FoundationEssentials
import Glibc

/// The text of a file; empty if there is none.
func readText(_ path: String) -> String {
  guard let data = FileManager.default.contents(atPath: path) else { return "" }
  return String(decoding: data, as: UTF8.self)
}

/// The bytes of a file.
func readBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: path)))
}

/// The lines of a file of JSON Lines, each read as a value.
func readLines<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> [Value] {
  try decodeLines(String(decoding: try readBytes(path), as: UTF8.self))
}

/// The lines of a text of JSON Lines, each read as a value.
func decodeLines<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> [Value] {
  try text.split(separator: "\n").map { line in try JSONDecoder().decode(type, from: Data(line.utf8)) }
}

/// One JSON document read as a value.
func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
  try JSONDecoder().decode(type, from: Data(text.utf8))
}

func writeText(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(filePath: path))
}

func fileExists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// Runs a closure with a folder of its own, which is gone afterwards.
func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  var template = Array("\(FileManager.default.temporaryDirectory.path)/augury-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}
