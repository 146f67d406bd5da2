import AuguryClient
import FoundationEssentials

/// Feedback as files and arguments have it.
enum FeedbackFile {
  /// Feedback in one call.
  private static let batchSize = 1000

  /// The feedback of a file of JSON Lines, in batches. Throws ``InputError`` naming the line that is none.
  static func batches(of path: String) throws -> [[FeedbackItem]] {
    let text: String
    do {
      let data = try Data(contentsOf: URL(filePath: path == "-" ? "/dev/stdin" : path))
      text = String(decoding: data, as: UTF8.self)
    } catch {
      throw InputError(message: "cannot read \(path)")
    }
    var items: [FeedbackItem] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.contains(where: { !$0.isWhitespace }) else { continue }
      do throws(PredictionError) {
        items.append(try ControlCoding.decode(FeedbackItem.self, from: Array(line.utf8)))
      } catch {
        throw InputError(message: "\(path), line \(index + 1): \(error.message)")
      }
    }
    return stride(from: 0, to: items.count, by: Self.batchSize).map {
      Array(items[$0..<min($0 + Self.batchSize, items.count)])
    }
  }

  /// A value as an argument has it: JSON if it is that, else a text.
  static func value(_ argument: String) -> FeedbackValue {
    do throws(PredictionError) {
      return try ControlCoding.decode(FeedbackValue.self, from: Array(argument.utf8))
    } catch {
      return .text(argument)
    }
  }
}
