import QueueCore
import Testing

@Suite("A client session's limits")
struct ClientSessionLimitTests {
  @Test("One request too many is refused at once, and room comes back with each end")
  func outstandingLimit() {
    var probe = ClientSessionProbe { $0.maxOutstanding = 2 }
    let first = probe.submit(payload: 1)
    let second = probe.call("status", payload: 2).id
    let (third, actions) = probe.submit(.init(model: "m", parts: 1, payload: PayloadRef(3)))
    #expect(actions == [.release(PayloadRef(3)), .failed(third, .tooManyOutstanding(limit: 2))])
    let (fourth, refused) = probe.call("status", payload: 4)
    #expect(refused == [.release(PayloadRef(4)), .failed(fourth, .tooManyOutstanding(limit: 2))])
    #expect(probe.session.outstandingCount == 2)

    _ = probe.receiveReply(first, payload: 10)
    let fifth = probe.submit(payload: 5)
    #expect(probe.session.isOutstanding(fifth) == true)
    _ = probe.step { $0.cancel(second, into: &$2) }
    let sixth = probe.submit(payload: 6)
    #expect(probe.session.isOutstanding(sixth) == true)
    #expect(probe.session.outstandingCount == 2)
    #expect(probe.session.counters.begun == 6)
    #expect(probe.session.counters.failed == 3)
  }

  @Test("A refused request without a payload releases nothing")
  func nothingToRelease() {
    var probe = ClientSessionProbe { $0.maxOutstanding = 1 }
    _ = probe.submit(payload: 1)
    let (id, actions) = probe.submit(.init(model: "m", parts: 0, payload: .none))
    #expect(actions == [.failed(id, .tooManyOutstanding(limit: 1))])
  }

  @Test("64 parts go out, 65 do not")
  func partsLimit() {
    var probe = ClientSessionProbe()
    let (fits, sent) = probe.submit(.init(model: "m", parts: 64, payload: PayloadRef(1)))
    #expect(sent.count == 2 && probe.session.isOutstanding(fits))
    let (id, actions) = probe.submit(.init(model: "m", parts: 65, payload: PayloadRef(2)))
    #expect(actions == [.release(PayloadRef(2)), .failed(id, .tooManyParts(count: 65, limit: 64))])
  }

  @Test("A text that its header field cannot hold is refused, not cut", arguments: ["model", "version selector"])
  func textLimit(field: String) {
    var probe = ClientSessionProbe()
    let long = String(repeating: "é", count: 128)
    let request = ClientSession.Request(
      model: field == "model" ? long : "m", selector: field == "model" ? "" : long, parts: 1, payload: PayloadRef(1))
    let (id, actions) = probe.submit(request)
    #expect(
      actions == [.release(PayloadRef(1)), .failed(id, .textTooLong(field: field, bytes: 256, limit: 255))])
    let (call, refused) = probe.call(long, payload: 2)
    #expect(
      refused == [.release(PayloadRef(2)), .failed(call, .textTooLong(field: "method", bytes: 256, limit: 255))])
  }

  @Test("Ids are never used twice, whatever became of the requests")
  func idsAreUnique() {
    var probe = ClientSessionProbe { $0.maxOutstanding = 3 }
    var ids: [RequestID] = []
    for round in 0..<50 {
      ids.append(probe.submit(payload: UInt64(round)))
      ids.append(probe.call("status", payload: UInt64(round)).id)
      if round % 3 == 0, let last = ids.last { _ = probe.receiveReply(last, payload: 0) }
    }
    #expect(Set(ids).count == 100)
    #expect(ids.map(\.rawValue) == ids.map(\.rawValue).sorted())
  }
}
