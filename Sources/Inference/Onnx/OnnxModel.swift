import COnnxRuntime
public import Tensors

/// A model in the ONNX format, run by ONNX Runtime; one session shared by all threads that call `run`.
public final class OnnxModel: Model {
  /// Inputs and outputs as the file declares them.
  public let signature: Signature
  /// `onnxruntime` and its version.
  public let engine: String
  /// What the file says about itself.
  public let metadata: ModelMetadata
  /// The file it was loaded from.
  public let path: String
  private let session: OnnxSession
  private let options: OnnxOptions

  /// Loads a model file.
  ///
  /// Throws `notFound` if there is none, `invalidArgument` if it is not a sound model, `unimplemented` for inputs or
  /// outputs that are no tensors of a type that can be served.
  public init(path: String, library: OnnxLibrary, options: OnnxOptions = OnnxOptions()) throws(InferenceError) {
    guard FileSystem.exists(path) else { throw InferenceError(.notFound, "no model file \(path)") }
    guard FileSystem.isFile(path) else { throw InferenceError(.invalidArgument, "\(path) is not a file") }
    let session = try OnnxSession(path: path, library: library, options: options)
    let signature = try OnnxSignatureReader(session: session).read()
    session.setNames(inputs: signature.inputs.map { $0.name }, outputs: signature.outputs.map { $0.name })
    self.session = session
    self.signature = signature
    self.metadata = try OnnxMetadataReader.read(session)
    self.options = options
    self.path = path
    self.engine = "onnxruntime \(library.version)"
  }

  /// Runs the session on the inputs' own bytes; outputs of fixed width are views on the library's memory.
  public func run(_ inputs: [Tensor], outputs: [Int], control: RunControl?) throws(InferenceError) -> [Tensor] {
    try self.validate(inputs, outputs: outputs)
    let shrinks = self.options.shrinkArenaAboveRows.map { limit in (inputs.first?.rowCount ?? 0) > limit } ?? false
    let run = try OnnxRun(session: self.session, shrinksArena: shrinks, control: control)
    return try run.perform(inputs, outputs: outputs, specs: self.signature.outputs)
  }
}
