/// A prediction request, decoded: the model's inputs in the model's order and what the reply should look like.
public struct TensorRequest: Sendable, Equatable {
  /// Which of the two JSON forms the request had; its reply takes the same.
  public enum Form: Sendable {
    /// `{"instances": [...]}`, answered by `{"predictions": [...]}`.
    case instances
    /// The Open Inference Protocol's `{"inputs": [...]}`, answered by `{"outputs": [...]}`.
    case openInference
  }

  /// An output that the request names.
  public struct RequestedOutput: Sendable, Equatable {
    /// Where it is in the model's signature.
    public var index: Int
    /// Whether it should travel as raw bytes; nil if the request does not say.
    public var isBinary: Bool?
  }

  /// The form, and so that of the reply.
  public var form: Form
  /// The request's id, to be echoed.
  public var id: String?
  /// One tensor per input, in the signature's order, validated against it.
  public var inputs: [Tensor]
  /// How many predictions are asked for: the instances, or the rows of the first input, 1 for a scalar.
  public var rowCount: Int
  /// The outputs wanted, in the order wanted; empty for all.
  public var outputs: [RequestedOutput]
  /// Whether outputs that do not say it themselves should be raw bytes; nil if the request does not say.
  public var binaryOutput: Bool?
}

/// The rows of a chunk of JSON Lines, the sound ones as tensors and the rest as errors.
public struct TensorLines: Sendable, Equatable {
  /// Rows of one shape: what can run together.
  public struct Group: Sendable, Equatable {
    /// The numbers of the rows, ascending, counted from 0 over all rows of the chunk that are not blank.
    public var rows: [Int]
    /// One tensor per input, in the signature's order; as many rows as `rows` has.
    public var inputs: [Tensor]
  }

  /// A row that is not a valid instance.
  public struct RejectedRow: Sendable, Equatable {
    /// Its number, counted as in `Group.rows`.
    public var row: Int
    /// What is wrong with it, and where in the chunk.
    public var error: TensorError
  }

  /// Mostly one; more if the model leaves dimensions open and rows differ in them, or if it cannot take several rows.
  public var groups: [Group]
  /// The bad rows, ascending; each error has its byte offset in the chunk.
  public var rejected: [RejectedRow]
  /// All rows, good and bad; blank lines are none.
  public var rowCount: Int
}

/// A reply of the Open Inference Protocol, decoded.
public struct TensorReply: Sendable, Equatable {
  /// The model that answered; empty if the reply does not say.
  public var modelName: String
  /// The version that answered; empty if the reply does not say.
  public var modelVersion: String
  /// The id of the request, if it had one.
  public var id: String?
  /// The outputs, in the order of the reply.
  public var outputs: [NamedTensor]
}
