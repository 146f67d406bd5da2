import ArgumentParser
import LoadGenerator

/// What requests carry: `zeros`, `random`, or a file.
enum PayloadArgument: ExpressibleByArgument, Equatable {
  case zeros
  case random
  case file(String)

  init?(argument: String) {
    switch argument {
    case "": return nil
    case "zeros": self = .zeros
    case "random": self = .random
    default: self = .file(argument)
    }
  }

  var defaultValueDescription: String {
    switch self {
    case .zeros: "zeros"
    case .random: "random"
    case .file(let path): path
    }
  }

  /// Reads the file, if it is one. Throws ``InputError``.
  func source(seed: UInt64) async throws -> PayloadSource {
    switch self {
    case .zeros: return .zeros
    case .random: return .random(seed: seed)
    case .file(let path):
      switch try await PredictionInput.open(try ChunkReader(path: path)) {
      case .document(let document): return .document(document)
      case .rows(let rows): return .rows(try await Self.texts(of: rows, path: path))
      }
    }
  }

  private static func texts(of rows: RowReader, path: String) async throws(InputError) -> [[UInt8]] {
    var texts: [[UInt8]] = []
    var bytes = 0
    while true {
      let some = try await rows.next()
      guard !some.isEmpty else { break }
      for row in some {
        guard JSONText(row.text).isOneValue else {
          throw InputError(message: "'\(path)': row \(row.number) is not one JSON value, expected one instance")
        }
        texts.append(row.text)
        bytes += row.text.count
      }
      guard bytes <= PredictionInput.maximumDocumentBytes else {
        throw InputError(
          message: "'\(path)' has more than \(Units.bytes(PredictionInput.maximumDocumentBytes)) of rows, the most "
            + "that are kept in memory; some of them will do")
      }
    }
    guard !texts.isEmpty else { throw InputError(message: "'\(path)' has no rows") }
    return texts
  }
}
