import QueueCore
import Testing

/// A kind of message without its type, so that one test runs over all of them.
struct WireKind: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Makes a message up and gives its bytes.
  let randomBytes: @Sendable (inout SplitMix64) -> [UInt8]
  /// Makes a message up; says whether reading what it wrote, with `trailing` behind it, gives the same message.
  let survives: @Sendable (_ trailing: [UInt8], inout SplitMix64) throws -> Bool
  /// Reads a message.
  let read: @Sendable ([UInt8]) throws(WireError) -> Void
  /// Reads a message and writes it again.
  let rewrite: @Sendable ([UInt8]) throws(WireError) -> [UInt8]

  init<Message: WireMessage>(_ type: Message.Type) {
    self.testDescription = "\(type)"
    self.randomBytes = { generator in Message.random(using: &generator).onWire }
    self.survives = { trailing, generator in
      let message = Message.random(using: &generator)
      return try Message(decoding: (message.onWire + trailing).span.bytes) == message
    }
    self.read = { bytes throws(WireError) in _ = try Message(decoding: bytes.span.bytes) }
    self.rewrite = { bytes throws(WireError) in try Message(decoding: bytes.span.bytes).onWire }
  }

  /// The messages that begin with the prefix.
  static let headers: [WireKind] = [
    WireKind(RequestMessage.self), WireKind(CancelHeader.self), WireKind(ControlHeader.self),
    WireKind(PingHeader.self), WireKind(ReplyHeader.self), WireKind(JoinHeader.self), WireKind(ReadyHeader.self),
    WireKind(ResultHeader.self), WireKind(SessionHeader.self), WireKind(WelcomeHeader.self),
    WireKind(WorkHeader.self), WireKind(CancelWorkHeader.self), WireKind(DisconnectHeader.self),
  ]

  /// The payload parts that the protocol itself defines.
  static let payloads: [WireKind] = [
    WireKind(Origin.self), WireKind(ErrorDetail.self), WireKind(WorkerFigures.self), WireKind(Artifact.self),
  ]

  static let all = Self.headers + Self.payloads
}
