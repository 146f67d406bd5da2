import Foundation
import QueueCore
import Testing

/// What each example of the document means, part by part.
enum ExpectedExamples {
  /// Looks at one part.
  typealias Check = @Sendable ([UInt8]) throws -> Void

  static let all: [String: [Check]] = Self.ofClients.merging(Self.ofWorkers) { first, _ in first }

  private static let ofClients: [String: [Check]] = [
    "predict": [
      message(RequestMessage(request: RequestID(7), timeoutMicroseconds: 2_000_000, model: "double", selector: "1")),
      json(#"{"instances":[[1,2]]}"#),
    ],
    "predict-ok": [
      message(
        ReplyHeader(
          request: RequestID(7), status: .ok, contentType: .json, attempts: 1, hasOrigin: true, parts: 2,
          queueMicroseconds: 412, computeMicroseconds: 85, number: 1201)),
      message(
        Origin(
          model: "double", version: "1", digest: digest, worker: "host-a-4711", epoch: 3,
          instance: 0x9C3A_5E77_11D4_0B26)),
      json(#"{"model_name":"double","model_version":"1","predictions":[[2,4]]}"#),
    ],
    "predict-unknown": [
      message(
        RequestMessage(request: RequestID(8), timeoutMicroseconds: RequestHeader.noTimeout, model: "nosuch")),
      json(#"{"instances":[[1,2]]}"#),
    ],
    "predict-refused": [
      message(ReplyHeader(request: RequestID(8), status: .notFound, parts: 1)),
      message(
        ErrorDetail(reason: Refusal.unknownModel.reason, message: #"no model "nosuch"; known models: double"#)),
    ],
    "cancel": [message(CancelHeader(request: RequestID(7)))],
    "ping": [message(PingHeader(nonce: 3))],
    "pong": [message(PingHeader(nonce: 3, instance: 0x9C3A_5E77_11D4_0B26))],
    "control": [message(ControlHeader(request: RequestID(9), method: "jobs.list")), json("{}")],
    "control-reply": [
      message(ReplyHeader(request: RequestID(9), status: .ok, contentType: .json, parts: 1)),
      json(#"{"jobs":[]}"#),
    ],
    "control-unknown": [message(ControlHeader(request: RequestID(10), method: "jobs.paint")), json("{}")],
    "control-refused": [
      message(ReplyHeader(request: RequestID(10), status: .unimplemented, parts: 1)),
      message(ErrorDetail(reason: "UNKNOWN_METHOD", message: #"the broker has no method "jobs.paint""#)),
    ],
  ]

  private static let ofWorkers: [String: [Check]] = [
    "join": [
      message(
        JoinHeader(
          heartbeatMilliseconds: 1000, liveness: 3, processID: 4711, model: "double", version: "1",
          name: "host-a-4711", host: "host-a", engine: "onnxruntime 1.28.0"))
    ],
    "welcome": [message(WelcomeHeader(session: session, heartbeatMilliseconds: 1000, liveness: 3))],
    "welcome-artifact": [
      message(WelcomeHeader(session: session, heartbeatMilliseconds: 1000, liveness: 3, parts: 1)),
      message(Artifact(path: "/models/double/1/model.onnx", digest: digest)),
    ],
    "ready": [
      message(
        ReadyHeader(
          session: session, credit: 64, bulkCredit: 1, maxBatchSize: 32, loadMilliseconds: 120, digest: digest)),
      json(
        #"{"inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"#
          + #""outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}]}"#),
    ],
    "heartbeat": [message(SessionHeader(.heartbeat, session: session, parts: 1)), message(figures)],
    "broker-heartbeat": [message(SessionHeader(.brokerHeartbeat, session: session))],
    "work": [
      message(
        WorkHeader(
          work: WorkID(0x100_0005), remainingMicroseconds: 1_999_600, attempt: 1, requestClass: .online,
          contentType: .json, parts: 1)),
      json(#"{"instances":[[1,2]]}"#),
    ],
    "result": [
      message(
        ResultHeader(
          work: WorkID(0x100_0005), session: session, attempt: 1, status: .ok, contentType: .json, parts: 1,
          queueMicroseconds: 12, computeMicroseconds: 85)),
      json(#"{"model_name":"double","model_version":"1","predictions":[[2,4]]}"#),
    ],
    "result-failed": [
      message(
        ResultHeader(
          work: WorkID(0x100_0006), session: session, attempt: 1, status: .invalidArgument, contentType: .octets,
          parts: 1, queueMicroseconds: 9, computeMicroseconds: 0)),
      message(ErrorDetail(reason: "WRONG_SHAPE", message: #"input "x" has shape [1,3], expected [-1,2]"#)),
    ],
    "cancel-work": [message(CancelWorkHeader(work: WorkID(0x100_0005), attempt: 1))],
    "drain": [message(SessionHeader(.drain, session: session))],
    "draining": [message(SessionHeader(.draining, session: session))],
    "goodbye": [message(SessionHeader(.goodbye, session: session))],
    "disconnect": [
      message(
        DisconnectHeader(
          status: DisconnectReason.unknownSession.status,
          detail: ErrorDetail(
            reason: DisconnectReason.unknownSession.reason, message: DisconnectReason.unknownSession.message)))
    ],
  ]

  private static let session = SessionID(42)

  private static let digest: [UInt8] = [
    0x9F, 0x86, 0xD0, 0x81, 0x88, 0x4C, 0x7D, 0x65, 0x9A, 0x2F, 0xEA, 0xA0, 0xC5, 0x5A, 0xD0, 0x15, 0xA3, 0xBF, 0x4F,
    0x1B, 0x2B, 0x0B, 0x82, 0x2C, 0xD1, 0x5D, 0x6C, 0x15, 0xB0, 0xF0, 0x0A, 0x08,
  ]

  private static let figures: WorkerFigures = {
    var figures = WorkerFigures()
    figures.inFlight = 2
    figures.queued = 1
    figures.requests = 3
    figures.rows = 5
    figures.batches = 2
    figures.residentBytes = 48 << 20
    figures.cpuMicroseconds = 950_000
    figures.uptimeMilliseconds = 61_000
    figures.computeProgress = 5
    figures.busyMilliseconds = 7
    figures.countErrors(.invalidArgument)
    for wait in [12, 40, 41] as [UInt64] { figures.queueTime.record(microseconds: wait) }
    for call in [85, 900] as [UInt64] { figures.computeTime.record(microseconds: call) }
    return figures
  }()

  /// The part reads as this message and this message writes the part.
  private static func message<Message: WireMessage>(_ expected: Message) -> Check {
    { part in
      let read = try Message(decoding: part.span.bytes)
      #expect(read == expected)
      #expect(expected.onWire == part)
    }
  }

  /// The part is this text, and the text is JSON.
  private static func json(_ expected: String) -> Check {
    { part in
      #expect(String(decoding: part, as: UTF8.self) == expected)
      _ = try JSONSerialization.jsonObject(with: Data(part))
    }
  }
}
