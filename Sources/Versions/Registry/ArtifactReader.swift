import AuguryClient
import Dispatch
import Glibc
public import Inference
import QueueCore
import Tensors

/// Finds out what an artifact is: one after the other, on a thread that may block and that computes.
public final class ArtifactReader: Sendable {
  /// What is in a file.
  struct Reading: Sendable {
    var digest: String
    var size: UInt64
    /// Inputs and outputs as a JSON document; nil if there is nothing to read them with.
    var signature: String?
    /// Why there is no signature.
    var note: String?
  }

  private let queue = DispatchQueue(label: "augury.artifacts")
  private let library: @Sendable () throws(InferenceError) -> OnnxLibrary

  /// Makes a reader.
  ///
  /// - Parameter library: Opens ONNX Runtime, when an artifact is to be read. If it throws, artifacts are registered
  ///   without a signature.
  public init(library: @escaping @Sendable () throws(InferenceError) -> OnnxLibrary) {
    self.library = library
  }

  /// Reads a file.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is none, `INVALID_ARGUMENT` if it is no sound model.
  func read(_ path: String, model: String, version: String) async throws(PredictionError) -> Reading {
    let result: Result<Reading, PredictionError> = await withCheckedContinuation { continuation in
      self.queue.async {
        do throws(InferenceError) {
          continuation.resume(returning: .success(try self.readNow(path, model: model, version: version)))
        } catch {
          continuation.resume(returning: .failure(PredictionError(error)))
        }
      }
    }
    return try result.get()
  }

  private func readNow(_ path: String, model: String, version: String) throws(InferenceError) -> Reading {
    let size = try Self.size(of: path)
    var reading = Reading(digest: try FileDigest.sha256(ofFileAt: path), size: size)
    let library: OnnxLibrary
    do throws(InferenceError) {
      library = try self.library()
    } catch {
      reading.note = "the signature is not known: \(error.message)"
      return reading
    }
    // Only looked at, so the graph need not be made fast.
    let options = OnnxOptions(optimization: .none)
    let onnx = try OnnxModel(path: path, library: library, options: options)
    let text = ByteBuffer()
    text.appendMetadata(modelName: model, versions: [version], platform: onnx.engine, signature: onnx.signature)
    reading.signature = text.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    return reading
  }

  private static func size(of path: String) throws(InferenceError) -> UInt64 {
    var info = stat()
    guard stat(path, &info) == 0 else {
      throw InferenceError(
        errno == ENOENT || errno == ENOTDIR ? .notFound : .invalidArgument,
        "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    guard info.st_mode & S_IFMT == S_IFREG else { throw InferenceError(.invalidArgument, "\(path) is not a file") }
    return UInt64(info.st_size)
  }
}
