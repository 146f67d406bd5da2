import Foundation
import Testing

/// `docs/PROTOCOL.md`, taken apart: its tables by the heading above them, and its fenced blocks.
struct ProtocolDocument: Sendable {
  /// A fenced block: what follows the fence, and the lines inside.
  struct Block: Sendable {
    var info: String
    var lines: [String]
  }

  /// The body rows of the tables under each heading, all tables of a heading one after the other.
  private(set) var rows: [String: [[String]]] = [:]
  private(set) var blocks: [Block] = []

  /// The document of this repository.
  static let shared = Result { try ProtocolDocument(text: Self.text()) }

  init(text: String) {
    var heading = ""
    var block: Block?
    var isBody = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        if let ended = block { self.blocks.append(ended) }
        block = block == nil ? Block(info: String(line.dropFirst(3)), lines: []) : nil
      } else if block != nil {
        block?.lines.append(line)
      } else if line.hasPrefix("|") {
        // A table's first line names its columns, the second rules them off.
        if line.hasPrefix("|---") {
          isBody = true
        } else if isBody {
          self.rows[heading, default: []].append(Self.cells(line))
        }
      } else {
        isBody = false
        if line.hasPrefix("#") { heading = String(line.drop { $0 == "#" }.dropFirst()) }
      }
    }
  }

  /// The rows under a heading, each with at least so many cells. Throws ``Missing`` if there are none.
  func table(_ heading: String, columns: Int) throws -> [[String]] {
    guard let rows = self.rows[heading], rows.allSatisfy({ $0.count >= columns }) else {
      throw Missing(what: "a table of \(columns) columns under '\(heading)'")
    }
    return rows
  }

  private static func cells(_ line: String) -> [String] {
    line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  /// Looks for the file from this source file upwards.
  private static func text() throws -> String {
    var folder = URL(filePath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      let file = folder.appending(path: "docs/PROTOCOL.md")
      if FileManager.default.fileExists(atPath: file.path) { return try String(contentsOf: file, encoding: .utf8) }
      folder.deleteLastPathComponent()
    }
    throw Missing(what: "docs/PROTOCOL.md above \(#filePath)")
  }

  struct Missing: Error, CustomStringConvertible {
    var what: String
    var description: String { "there is no \(self.what)" }
  }
}
