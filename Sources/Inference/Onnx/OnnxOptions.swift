/// How ONNX models are loaded and run.
public struct OnnxOptions: Sendable, Equatable {
  /// Steps of rewriting the graph for speed.
  public enum Optimization: Sendable {
    case none
    case basic
    case extended
    case all
  }

  /// The threads that one run may use. With 1 the calling thread does everything and the library starts none.
  public var intraOpThreads: Int
  /// How much of the graph is rewritten when it is loaded.
  public var optimization: Optimization
  /// Runs of more rows than this give the library's working memory back afterwards; nil keeps it always.
  public var shrinkArenaAboveRows: Int?

  /// Makes options: one thread, all optimizations, working memory kept.
  public init(intraOpThreads: Int = 1, optimization: Optimization = .all, shrinkArenaAboveRows: Int? = nil) {
    self.intraOpThreads = intraOpThreads
    self.optimization = optimization
    self.shrinkArenaAboveRows = shrinkArenaAboveRows
  }
}

/// What a model file says about itself.
public struct ModelMetadata: Sendable, Equatable {
  /// The tool that wrote the file.
  public var producer: String
  /// The name of the graph.
  public var graphName: String
  /// Whose model it is, such as `com.example`.
  public var domain: String
  /// What it is for.
  public var description: String
  /// Its version, of its producer's counting.
  public var version: Int64
  /// Keys and values of the file's own choice.
  public var properties: [String: String]
}
