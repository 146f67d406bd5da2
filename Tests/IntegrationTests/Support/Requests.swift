import AuguryClient
import QueueCore
import Testing
import ZeroMQ

/// A payload part with this text.
func frame(_ text: String) throws -> Frame {
  try frame(Array(text.utf8))
}

/// A payload part with these bytes.
func frame(_ bytes: [UInt8]) throws -> Frame {
  try Frame(copying: bytes.span.bytes)
}

extension RawReply {
  /// The text of a part.
  func text(_ part: Int = 0) throws -> String {
    try #require(part < self.parts.count, "the reply has \(self.parts.count) parts")
    return self.parts[part].withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}

extension AuguryClient {
  /// Sends a text as it is, by default to the version of `echo` that the broker chooses.
  func ask(
    _ text: String, model: String = "echo", version: String? = nil, as contentType: ContentType = .octets,
    timeout: Duration? = nil, requestClass: RequestClass = .online
  ) async throws -> RawReply {
    try await self.send(
      model, version: version, contentType: contentType, parts: [try frame(text)], timeout: timeout,
      requestClass: requestClass)
  }

  /// The error with which a text is refused. The test fails here if it is answered.
  func refusal(
    of text: String, model: String = "echo", version: String? = nil, as contentType: ContentType = .octets,
    timeout: Duration? = nil, requestClass: RequestClass = .online
  ) async throws -> PredictionError {
    let error = await #expect(throws: PredictionError.self) {
      try await self.ask(
        text, model: model, version: version, as: contentType, timeout: timeout, requestClass: requestClass)
    }
    return try #require(error)
  }
}

/// What became of many requests that were sent at once, in the order of sending.
struct Outcomes: Sendable {
  var results: [Result<RawReply, any Error>]

  /// The answers.
  var replies: [RawReply] { self.results.compactMap { try? $0.get() } }

  /// The refusals.
  var errors: [PredictionError] {
    self.results.compactMap { result in
      if case .failure(let error) = result { error as? PredictionError } else { nil }
    }
  }
}

/// Sends texts all at once and runs a closure while they are on their way.
///
/// - Returns: What became of each text, once all are answered.
func sendAll(
  _ texts: [String], to client: AuguryClient, model: String = "echo", version: String? = nil,
  as contentType: ContentType = .octets, timeout: Duration? = nil, requestClass: RequestClass = .online,
  meanwhile body: () async throws -> Void = {}
) async throws -> Outcomes {
  let sending = Task {
    await withTaskGroup(of: (Int, Result<RawReply, any Error>).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask {
          do {
            let reply = try await client.ask(
              text, model: model, version: version, as: contentType, timeout: timeout, requestClass: requestClass)
            return (index, .success(reply))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      var results = [Result<RawReply, any Error>?](repeating: nil, count: texts.count)
      for await (index, result) in group { results[index] = result }
      return Outcomes(results: results.compactMap { $0 })
    }
  }
  do {
    try await body()
  } catch {
    sending.cancel()
    throw error
  }
  return await sending.value
}
