import QueueCore
import Testing

@Suite("A client session's requests")
struct ClientSessionRequestTests {
  @Test("A request is sent after a PING that carries its id, with everything the caller said")
  func requestIsSentWhole() throws {
    var probe = ClientSessionProbe()
    let (id, actions) = probe.submit(
      .init(
        model: "digits", selector: "2", requestClass: .batch, contentType: .jsonLines, timeoutMicroseconds: 1_500_000,
        parts: 3, payload: PayloadRef(7)))
    try #require(actions.count == 2)
    #expect(actions[0] == .ping(nonce: id.rawValue))
    guard case .send(id, let bytes, let payload) = actions[1] else {
      Issue.record("expected a send, got \(actions[1])")
      return
    }
    #expect(payload == PayloadRef(7))
    let header = try RequestHeader(decoding: bytes.span.bytes)
    #expect(header.request == id)
    #expect(header.timeoutMicroseconds == 1_500_000)
    #expect(header.requestClass == .batch)
    #expect(header.contentType == .jsonLines)
    #expect(header.parts == 3)
    #expect(self.text(header.model, of: bytes) == "digits")
    #expect(self.text(header.selector, of: bytes) == "2")
    #expect(probe.session.isOutstanding(id) == true)
  }

  @Test("A time-out of none and of zero reach the broker as they are; less than none is none")
  func timeoutsReachTheBroker() throws {
    var probe = ClientSessionProbe()
    for (given, sent) in [(RequestHeader.noTimeout, RequestHeader.noTimeout), (0, 0), (-5, RequestHeader.noTimeout)] {
      let (_, actions) = probe.submit(.init(model: "m", timeoutMicroseconds: given, parts: 0, payload: .none))
      guard case .send(_, let bytes, _)? = actions.last else {
        Issue.record("nothing was sent")
        return
      }
      #expect(try RequestHeader(decoding: bytes.span.bytes).timeoutMicroseconds == sent)
    }
  }

  @Test("A control call is sent with its method and completed by its reply")
  func controlCallIsSent() throws {
    var probe = ClientSessionProbe()
    let (id, actions) = probe.call("jobs.submit", payload: 4)
    #expect(
      actions == [
        .ping(nonce: id.rawValue),
        .send(id, header: ControlHeader(request: id, method: "jobs.submit").encoded, payload: PayloadRef(4)),
      ])
    let reply = ReplyHeader(request: id, status: .ok, contentType: .json, parts: 1)
    #expect(
      probe.receive(reply.encoded.array, parts: 1, payload: PayloadRef(9)) == [
        .complete(id, .replied(reply, payload: PayloadRef(9)))
      ])
  }

  @Test("Replies complete their requests in whatever order they come, with status and payload")
  func repliesCompleteInAnyOrder() {
    var probe = ClientSessionProbe()
    let ids = (1...3).map { probe.submit(payload: $0) }
    for (index, status) in [(2, StatusCode.ok), (0, .unavailable), (1, .ok)] {
      let reply = ReplyHeader(request: ids[index], status: status, parts: 1)
      #expect(
        probe.receive(reply.encoded.array, parts: 1, payload: PayloadRef(100)) == [
          .complete(ids[index], .replied(reply, payload: PayloadRef(100)))
        ])
    }
    #expect(probe.session.outstandingCount == 0)
    #expect(probe.session.counters.replied == 3)
  }

  @Test("A second reply to one request is released and counted as late")
  func duplicateReplyIsDropped() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    _ = probe.receiveReply(id, payload: 10)
    #expect(probe.receiveReply(id, payload: 11) == [.release(PayloadRef(11))])
    #expect(probe.session.counters.lateReplies == 1)
    #expect(probe.session.counters.replied == 1)
  }

  @Test("A reply to a request that was never made is released and counted as unknown", arguments: [0, 2, UInt64.max])
  func unknownReplyIsDropped(raw: UInt64) {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    #expect(probe.receiveReply(RequestID(raw), payload: 11) == [.release(PayloadRef(11))])
    #expect(probe.session.counters.unknownReplies == 1)
    #expect(probe.session.isOutstanding(id) == true)
  }

  @Test("Cancelling sends CANCEL and ends the request at once; the broker's answer is then late")
  func cancelEndsAtOnce() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    #expect(probe.step { $0.cancel(id, into: &$2) } == [.cancel(id), .failed(id, .cancelled)])
    #expect(probe.step { $0.cancel(id, into: &$2) } == [])
    #expect(probe.receiveReply(id, status: .cancelled, payload: 2) == [.release(PayloadRef(2))])
    #expect(probe.session.counters.lateReplies == 1)
  }

  @Test("Cancelling a request that has its reply changes nothing")
  func cancelAfterReply() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    _ = probe.receiveReply(id, payload: 2)
    #expect(probe.step { $0.cancel(id, into: &$2) } == [])
  }

  @Test("Cancelling a control call ends it without CANCEL: the broker's orders cannot be taken back")
  func cancelOfControlCall() {
    var probe = ClientSessionProbe()
    let id = probe.call("status", payload: 1).id
    #expect(probe.step { $0.cancel(id, into: &$2) } == [.failed(id, .cancelled)])
  }

  @Test("Closing fails what is outstanding, oldest first, and what is begun later")
  func closing() {
    var probe = ClientSessionProbe()
    let first = probe.submit(payload: 1)
    let second = probe.call("status", payload: 2).id
    let third = probe.submit(payload: 3)
    #expect(
      probe.step { $0.close(into: &$2) } == [
        .cancel(first), .failed(first, .closed), .failed(second, .closed), .cancel(third), .failed(third, .closed),
      ])
    #expect(probe.session.nextDeadline == .distantFuture)
    let (late, actions) = probe.submit(.init(model: "m", parts: 1, payload: PayloadRef(4)))
    #expect(actions == [.release(PayloadRef(4)), .failed(late, .closed)])
  }

  @Test("Every failure has a code and a reason of its own")
  func failuresHaveReasons() {
    let failures: [ClientFailure] = [
      .cancelled, .closed, .deadlineExceeded, .tooManyOutstanding(limit: 1), .tooManyParts(count: 65, limit: 64),
      .textTooLong(field: "model", bytes: 300, limit: 255), .brokerSilent(pings: 3, milliseconds: 1000),
      .brokerRestarted, .malformedReply(.badMagic(1)),
    ]
    #expect(Set(failures.map(\.reason)).count == failures.count)
    #expect(
      failures.map(\.status) == [
        .cancelled, .cancelled, .deadlineExceeded, .resourceExhausted, .invalidArgument, .invalidArgument,
        .unavailable, .unavailable, .internal,
      ])
  }

  private func text(_ range: ByteRange, of bytes: [UInt8]) -> String {
    String(decoding: bytes[Int(range.offset)..<Int(range.offset) + Int(range.count)], as: UTF8.self)
  }
}
