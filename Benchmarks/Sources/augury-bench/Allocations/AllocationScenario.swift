import QueueCore

/// A kind of request that the broker serves over and over: what is asked, and what the broker has been set up for.
struct AllocationScenario: Sendable {
  /// The name, as it stands in the thresholds.
  var name: String
  /// Whether the broker's loop is to take nothing from the heap for such a request.
  var isFree = true
  /// The broker's settings beside the usual ones, as `NAME=VALUE`.
  var environment: [String] = []
  /// Control calls before the first request: method and arguments.
  var calls: [(method: String, arguments: String)] = []
  var requestClass = RequestClass.online
  var contentType = ContentType.octets
  var selector = "1"
  var routingKey = ""
  var timeoutMicroseconds: Int64 = 30_000_000
  /// The client's own name for its connection, if it has one.
  var routingID: [UInt8]?
  /// Bytes of the payload's parts.
  var parts = [256]
  /// Whether every request is refused; else every one is answered.
  var isRefused = false

  private static let route =
    #"{"model":"echo","route":{"variants":[{"version":"1","weight":"90"},"#
    + #"{"version":"2","weight":"10"}]}}"#
  private static let shadow =
    #"{"model":"echo","route":{"variants":[{"version":"1","weight":"1"}],"#
    + #""shadows":[{"version":"2","share":1}]}}"#

  static let all: [AllocationScenario] = [
    AllocationScenario(name: "version"),
    AllocationScenario(name: "small", parts: [16]),
    AllocationScenario(name: "no-timeout", timeoutMicroseconds: RequestHeader.noTimeout),
    AllocationScenario(name: "json", contentType: .json),
    AllocationScenario(name: "tensors", contentType: .tensors, parts: [200, 256]),
    AllocationScenario(name: "batch", requestClass: .batch, timeoutMicroseconds: RequestHeader.noTimeout),
    AllocationScenario(name: "named-client", routingID: Array("a-client-of-its-own-name".utf8)),
    AllocationScenario(name: "route", calls: [("routes.set", route)], selector: ""),
    AllocationScenario(name: "route-key", calls: [("routes.set", route)], selector: "", routingKey: "customer-4711"),
    AllocationScenario(
      name: "capture-others", calls: [("capture.set", #"{"model":"echo","share":1e-15}"#)], contentType: .json),
    AllocationScenario(
      name: "capture", isFree: false, calls: [("capture.set", #"{"model":"echo","share":0.1}"#)], contentType: .json),
    AllocationScenario(
      name: "observe", isFree: false, calls: [("feedback.observe", #"{"model":"echo"}"#)], contentType: .json),
    AllocationScenario(name: "shadow", isFree: false, calls: [("routes.set", shadow)], selector: ""),
    AllocationScenario(name: "refusal-late", timeoutMicroseconds: 0, isRefused: true),
    AllocationScenario(name: "refusal-unknown", isFree: false, selector: "no-such-version", isRefused: true),
  ]
}
