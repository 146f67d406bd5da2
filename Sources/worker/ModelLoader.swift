import Glibc
import Inference
import QueueCore
import Tensors
import ZeroMQ

/// Makes the engine that the command line asks for, and describes it for READY.
struct ModelLoader: Sendable {
  /// The model's name.
  let model: String
  /// The version's name.
  let version: String
  private let source: Source
  private let credit: UInt16
  private let bulkCredit: UInt16
  private let maxBatchSize: Int
  private let warmsUp: Bool

  private enum Source {
    case echo(EchoModel)
    case onnx(OnnxLibrary, OnnxOptions, ModelPlace)
  }

  private enum ModelPlace {
    case file(String)
    case repository(String)
    case registry
  }

  /// Where the broker's word on the registered artifact arrives, if it is asked for.
  let artifact = RegisteredArtifact()

  /// Opens the engine's library, if it needs one, before there are threads that read the environment. Throws
  /// ``InferenceError`` if that fails.
  init(_ options: EngineOptions, cluster: ClusterOptions) throws(InferenceError) {
    self.model = options.model
    self.version = options.modelVersion
    self.credit = cluster.credit
    self.bulkCredit = cluster.bulkCredit
    self.maxBatchSize = cluster.maxBatchSize
    self.warmsUp = !options.noWarmUp
    if options.engine == .echo {
      let crashText = Array((options.echoCrashOn ?? "").utf8)
      // A crash on demand is to end the process as native code would, without the language's long account of it.
      if !crashText.isEmpty { signal(SIGABRT, SIG_DFL) }
      let delay = Duration.nanoseconds(Int64(options.echoDelay.nanoseconds))
      let (hangText, hardHangText) = (options.echoHangOn ?? "", options.echoHangHardOn ?? "")
      self.source = .echo(
        EchoModel(
          options: EchoModel.Options(
            delay: delay, crashOn: crashText, hangOn: Array(hangText.utf8), hangHardOn: Array(hardHangText.utf8))))
    } else {
      let library = try OnnxLibrary.load(path: options.onnxruntime)
      let threads = OnnxOptions(intraOpThreads: options.intraThreads)
      let place = options.file.map(ModelPlace.file) ?? options.repository.map(ModelPlace.repository) ?? .registry
      self.source = .onnx(library, threads, place)
    }
  }

  /// The engine's name and release, for JOIN.
  var engineName: String {
    switch self.source {
    case .echo(let model): model.engine
    case .onnx(let library, _, _): "onnxruntime \(library.version)"
    }
  }

  /// Whether the broker is to say where the model is.
  var wantsArtifact: Bool {
    if case .onnx(_, _, .registry) = self.source { return true }
    return false
  }

  /// Loads the model and makes a prediction on zeros; waits for the broker's word on where it is, if need be. Throws
  /// ``InferenceError`` naming the file and what is wrong.
  func load() throws(InferenceError) -> LoadedEngine {
    let start = MonotonicClock.nanoseconds
    switch self.source {
    case .echo(let echo):
      let maxBatchSize = self.maxBatchSize
      return LoadedEngine(announcement: self.announcement(of: echo, digest: [], since: start)) {
        EchoRunner(model: echo, maxBatchSize: maxBatchSize)
      }
    case .onnx(let library, let options, let place):
      let (path, digest) = try self.locate(place)
      let onnx = try OnnxModel(path: path, library: library, options: options)
      if self.warmsUp { try self.warmUp(onnx, path: path) }
      let (name, version, maxBatchSize) = (self.model, self.version, self.maxBatchSize)
      let announcement = self.announcement(of: onnx, digest: Self.bytes(ofHexadecimal: digest), since: start)
      return LoadedEngine(announcement: announcement) {
        try ModelRunner(model: onnx, name: name, version: version, maxBatchSize: maxBatchSize)
      }
    }
  }

  private func locate(_ place: ModelPlace) throws(InferenceError) -> (path: String, digest: String) {
    switch place {
    case .file(let path): return (path, try FileDigest.sha256(ofFileAt: path))
    case .repository(let root):
      let path = try ModelRepository(root: root).locate(model: self.model, version: self.version).path
      return (path, try FileDigest.sha256(ofFileAt: path))
    case .registry:
      // Looked at before it is loaded: what is not the registered artifact is none of ours to run.
      let artifact = self.artifact.wait()
      let digest = try FileDigest.sha256(ofFileAt: artifact.path)
      guard Self.bytes(ofHexadecimal: digest) == artifact.digest else {
        throw InferenceError(
          .invalidArgument,
          "\(artifact.path) has digest \(digest), registered for \(self.model)@\(self.version) is "
            + FileDigest.hexadecimal(artifact.digest))
      }
      return (artifact.path, digest)
    }
  }

  private func warmUp(_ model: OnnxModel, path: String) throws(InferenceError) {
    do throws(InferenceError) {
      try model.warmUp()
    } catch {
      throw InferenceError(
        error.code, "the warm-up prediction of \(path) on zeros failed: \(error.message); --no-warm-up leaves it out")
    }
  }

  private func announcement(of model: any Model, digest: [UInt8], since start: UInt64) -> Announcement {
    let text = ByteBuffer()
    text.appendMetadata(
      modelName: self.model, versions: [self.version], platform: model.engine, signature: model.signature)
    let rows = model.isOpaque || model.signature.isBatchable ? self.maxBatchSize : 1
    let readiness = WorkerSession.Readiness(
      credit: self.credit, bulkCredit: self.bulkCredit, maxBatchSize: UInt32(rows),
      loadMilliseconds: UInt32(clamping: (MonotonicClock.nanoseconds - start) / 1_000_000), digest: digest)
    return Announcement(readiness: readiness, signature: text.bytes.withUnsafeBytes { Array($0) })
  }

  private static func bytes(ofHexadecimal text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}

/// A model that is ready to compute.
struct LoadedEngine: Sendable {
  /// What the broker is told about it.
  let announcement: Announcement
  /// Makes what a compute thread answers requests with.
  let makeRunner: @Sendable () throws -> any ModelRunning
}
