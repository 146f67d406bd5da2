public import QueueCore
import Synchronization
import Tensors
public import ZeroMQ

/// A connection to a broker, for predictions and for questions to the broker itself.
///
/// One client serves a whole program: calls from any number of tasks travel over its one connection, pipelined, and
/// answers are told apart by number. It connects, and connects again, by itself; a broker that is not there shows in
/// the calls, not in the initialiser.
///
/// ```swift
/// import AuguryClient
/// import Tensors
///
/// @main
/// struct App {
///   static func main() async throws {
///     let client = try AuguryClient(broker: "tcp://127.0.0.1:5555")
///     let pixels = try Tensor([Float](repeating: 0.5, count: 64), shape: [1, 64])
///     let prediction = try await client.predict("digits", inputs: ["X": pixels], timeout: .seconds(1))
///     for output in prediction.outputs { print(output.name, output.tensor.shape) }
///     print("version", prediction.version, "on", prediction.worker, "in", prediction.latency)
///     await client.close()
///   }
/// }
/// ```
///
/// Every call ends exactly once: with its answer, with the refusal of the broker or worker, at its deadline, when its
/// task is cancelled, or with `UNAVAILABLE` when the broker is silent or was restarted. Predictions may be tried again
/// without harm.
public final class AuguryClient: Sendable {
  /// How long a client waits and how much it holds.
  public struct Options: Sendable {
    /// The time-out of predictions that name none; nil lets them wait for ever.
    public var timeout: Duration? = .seconds(30)
    /// The time-out of control calls that name none; nil lets them wait for ever.
    public var controlTimeout: Duration? = .seconds(10)
    /// How much longer than a deadline the client waits for the broker's own word on it.
    public var grace: Duration = .milliseconds(250)
    /// Calls that may be outstanding at once; one more ends with `RESOURCE_EXHAUSTED`.
    public var maxOutstanding = 4096
    /// The time between questions whether the broker is there, while calls are outstanding.
    public var pingInterval: Duration = .seconds(1)
    /// Unanswered questions after which the broker is taken for dead.
    public var liveness = 3

    /// The defaults.
    public init() {}

    var session: ClientSession.Options {
      var options = ClientSession.Options()
      options.graceMicroseconds = UInt64(max(0, self.grace.microseconds))
      options.maxOutstanding = max(1, self.maxOutstanding)
      options.pingMilliseconds = UInt64(max(1, self.pingInterval.microseconds / 1000))
      options.liveness = max(1, self.liveness)
      return options
    }
  }

  /// The broker's endpoint, as it was given.
  public let broker: String

  let options: Options
  /// One for all calls: what it reads of a reply is short, the values are not in it.
  let replyParser = Mutex(TensorReplyParser())
  private let mailbox: Mailbox<ClientCommand>
  private let thread: LoopThread<Void>

  /// Makes a client and starts its thread. Whether a broker is there shows in the first call.
  ///
  /// Throws ``PredictionError``: `INVALID_ARGUMENT` if the endpoint is malformed, `UNAVAILABLE` if the process has no
  /// room for another socket or thread.
  public convenience init(
    broker: String = "tcp://127.0.0.1:5555", options: Options = Options()
  ) throws(PredictionError) {
    try self.init(broker: broker, options: options, context: nil)
  }

  /// Makes a client whose socket belongs to the context of a broker in the same process, so that messages reach it
  /// through memory; with nil the client has a context of its own.
  ///
  /// Throws as the other initialiser.
  package init(broker: String, options: Options, context: Context?) throws(PredictionError) {
    self.broker = broker
    self.options = options
    do throws(ZMQError) {
      let mailbox = try Mailbox<ClientCommand>()
      let context = if let context { context } else { try Context(maxSockets: 16) }
      let socket = try ClientLoop.connect(to: broker, in: context)
      let loop = ClientLoop(endpoint: broker, socket: socket, options: options.session, mailbox: mailbox)
      self.thread = try LoopThread(name: "augury-client", handing: loop) { loop in loop.run() }
      self.mailbox = mailbox
    } catch {
      throw PredictionError(error, endpoint: broker)
    }
  }

  deinit {
    self.mailbox.close()
  }

  /// Sends a request whose content is ready as it is, and returns the answer unread.
  ///
  /// This is what the typed calls are made of; use it for JSON, for models that take plain bytes, and to pass requests
  /// on.
  ///
  /// - Parameters:
  ///   - model: The model's name.
  ///   - version: The version; nil lets the broker choose.
  ///   - contentType: How the parts are to be read.
  ///   - parts: The content.
  ///   - timeout: The time until the deadline; zero or less has passed already; nil takes ``Options/timeout``.
  ///   - requestClass: How urgent it is.
  ///   - routingKey: What the model's route chooses the version by, for example a user's name: the same key, the same
  ///     version. At most 128 bytes of UTF-8.
  /// - Throws: ``PredictionError``. Cancelling the task throws `CANCELLED` at once and tells the broker.
  public func send(
    _ model: String, version: String? = nil, contentType: ContentType, parts: [Frame], timeout: Duration? = nil,
    requestClass: RequestClass = .online, routingKey: String? = nil
  ) async throws(PredictionError) -> RawReply {
    // More than this would cost the connection, and with it the answers to all that is outstanding.
    let bytes = parts.reduce(0) { $0 + $1.byteCount }
    guard bytes <= OuterWall.payloadBytes else {
      throw PredictionError(
        .invalidArgument, reason: "PAYLOAD_TOO_LARGE",
        message: "payload of \(bytes) bytes; no broker takes more than \(OuterWall.payloadBytes)")
    }
    let subject = OutgoingCall.Subject.predict(
      model: model, selector: version ?? "", routingKey: routingKey ?? "", requestClass: requestClass,
      contentType: contentType)
    return try await self.perform(
      OutgoingCall(
        subject: subject, timeoutMicroseconds: Self.wireTimeout(timeout ?? self.options.timeout), parts: parts))
  }

  /// Sends a request whose content is at hand as bytes, for example a JSON document, and returns the answer unread.
  ///
  /// The bytes are copied; otherwise as ``send(_:version:contentType:parts:timeout:requestClass:routingKey:)``.
  public func send(
    _ model: String, version: String? = nil, contentType: ContentType, content: [[UInt8]], timeout: Duration? = nil,
    requestClass: RequestClass = .online, routingKey: String? = nil
  ) async throws(PredictionError) -> RawReply {
    let parts: [Frame]
    do throws(ZMQError) {
      parts = try content.map { (bytes) throws(ZMQError) in try Frame(copying: bytes.span.bytes) }
    } catch {
      throw PredictionError(error, endpoint: self.broker)
    }
    return try await self.send(
      model, version: version, contentType: contentType, parts: parts, timeout: timeout, requestClass: requestClass,
      routingKey: routingKey)
  }

  /// Ends the connection: outstanding calls end with `CANCELLED`, later ones too, and the client's thread is gone.
  public func close() async {
    self.mailbox.close()
    // The loop's body throws nothing, so there is nothing to learn from how it ended.
    _ = try? await self.thread.value
  }

  func perform(_ outgoing: OutgoingCall) async throws(PredictionError) -> RawReply {
    let call = PendingCall()
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard call.wait(continuation) else { return }
        if !self.mailbox.post(.begin(call, outgoing)) { call.end(.failure(self.failure(.closed))) }
      }
    } onCancel: {
      if call.end(.failure(self.failure(.cancelled))) { _ = self.mailbox.post(.cancel(call)) }
    }
    return try outcome.get()
  }

  private func failure(_ failure: ClientFailure) -> PredictionError {
    PredictionError(failure, endpoint: self.broker)
  }

  static func wireTimeout(_ timeout: Duration?) -> Int64 {
    timeout.map { max(0, $0.microseconds) } ?? RequestHeader.noTimeout
  }
}

extension Duration {
  /// Whole microseconds, rounded down; the largest number where there are more.
  var microseconds: Int64 {
    let (seconds, attoseconds) = self.components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    guard !overflow else { return seconds > 0 ? .max : .min }
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return carry ? .max : sum
  }
}
