import CCurl
import QueueCore

/// How an exchange with a server ended.
struct HTTPAnswer: Equatable {
  enum End: Equatable {
    /// With an answer of this status.
    case status(Int)
    /// Without one: a word for programs and a line for people.
    case failed(reason: String, message: String)
  }

  var end: End
  /// The answer's first bytes.
  var head: [UInt8]
}

/// One connection to a server that is kept open from request to request. For one thread.
final class HTTPConnection {
  /// Bytes of an answer that are kept.
  private static let headLimit = 1 << 20
  /// Why libcurl cannot be used; nil if it can. It is loaded for the first connection.
  private static let unusable = ccurl_load().map { String(cString: $0) }

  private let handle: UnsafeMutableRawPointer
  private let timeoutSeconds: Double
  /// The headers of the bodies that have gone out, which are few.
  private var headers: [ObjectIdentifier: UnsafeMutablePointer<curl_slist>] = [:]
  private var head: [UInt8] = []
  private var headLimit = 0

  init(timeoutSeconds: Double) throws(LoadError) {
    if let reason = Self.unusable { throw .unreachable("libcurl cannot be used: \(reason)") }
    guard let handle = ccurl_easy_init() else { throw .unreachable("libcurl has no memory") }
    self.handle = handle
    self.timeoutSeconds = timeoutSeconds
    let settings = [
      ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"), ccurl_set_text(handle, CURLOPT_USERAGENT, "augury"),
      ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0), ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(max(1, (timeoutSeconds * 1000).rounded()))),
      // This machine is not behind a proxy of its own.
      ccurl_set_text(handle, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1"),
      ccurl_set_sink(handle) { bytes, size, count, context in
        guard let context, let bytes else { return 0 }
        let connection = Unmanaged<HTTPConnection>.fromOpaque(context).takeUnretainedValue()
        connection.keep(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
      },
      ccurl_set_sink_context(handle, Unmanaged.passUnretained(self).toOpaque()),
    ]
    if let code = settings.first(where: { $0 != CURLE_OK }) {
      throw .unreachable("libcurl cannot be used: \(String(cString: ccurl_easy_strerror(code)))")
    }
  }

  deinit {
    ccurl_easy_cleanup(self.handle)
    for list in self.headers.values { ccurl_slist_free_all(list) }
  }

  /// Asks for what is at an address.
  func get(_ address: String) -> HTTPAnswer {
    self.exchange(
      keeping: Self.headLimit,
      [
        ccurl_set_text(self.handle, CURLOPT_URL, address), ccurl_set_headers(self.handle, nil),
        ccurl_set_long(self.handle, CURLOPT_HTTPGET, 1),
      ])
  }

  /// Sends a body and waits for the answer, of which the first `keeping` bytes are kept.
  func post(_ body: HTTPBody, to address: String, keeping: Int = 0) -> HTTPAnswer {
    self.exchange(
      keeping: keeping,
      [
        ccurl_set_text(self.handle, CURLOPT_URL, address), ccurl_set_long(self.handle, CURLOPT_POST, 1),
        ccurl_set_headers(self.handle, self.headerList(of: body)),
        ccurl_set_shared_body(self.handle, body.bytes.baseAddress, curl_off_t(body.bytes.count)),
      ])
  }

  private func exchange(keeping: Int, _ settings: [CURLcode]) -> HTTPAnswer {
    self.head.removeAll(keepingCapacity: true)
    self.headLimit = keeping
    let code = settings.first { $0 != CURLE_OK } ?? ccurl_easy_perform(self.handle)
    guard code == CURLE_OK else {
      let text = String(cString: ccurl_easy_strerror(code))
      return HTTPAnswer(end: .failed(reason: Self.reason(code), message: text), head: [])
    }
    var status = 0
    ccurl_get_status(self.handle, &status)
    return HTTPAnswer(end: .status(status), head: self.head)
  }

  private func keep(_ bytes: UnsafeRawBufferPointer) {
    let room = self.headLimit - self.head.count
    if room > 0 { self.head.append(contentsOf: bytes.prefix(room)) }
  }

  private func headerList(of body: HTTPBody) -> UnsafeMutablePointer<curl_slist>? {
    if let list = self.headers[ObjectIdentifier(body)] { return list }
    var list: UnsafeMutablePointer<curl_slist>?
    for line in body.headers { list = ccurl_slist_append(list, line) }
    self.headers[ObjectIdentifier(body)] = list
    return list
  }

  private static func reason(_ code: CURLcode) -> String {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: "CONNECT_FAILED"
    case CURLE_OPERATION_TIMEDOUT: "TIMED_OUT"
    case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: "CONNECTION_CLOSED"
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2: "NOT_HTTP"
    default: "CURL_\(code.rawValue)"
    }
  }
}
