import CCurl
import Dispatch
import Glibc
import QueueCore
import Synchronization

/// Tells of the end of a job by HTTP POST: the body is the job as JSON. Only the status of the answer counts.
struct HookPost: Sendable {
  /// Posts wait for others here, each on a thread that may block.
  private static let queue = DispatchQueue(label: "augury.hooks", attributes: .concurrent)
  /// Why libcurl cannot be used; nil if it can. It is loaded for the first post.
  private static let unusable = ccurl_load().map { String(cString: $0) }

  let limit: Duration

  /// Posts once and waits for the status, for as long as the limit is. Redirections are not followed: they could lead
  /// anywhere. Cancelling the task gives it up within about a second.
  func send(_ body: [UInt8], to address: String) async -> HookResult {
    let isGivenUp = Flag()
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        Self.queue.async {
          continuation.resume(returning: self.exchange(body, with: address, unless: isGivenUp))
        }
      }
    } onCancel: {
      isGivenUp.raise()
    }
    let place = "POST to '\(address)': "
    switch answer {
    case .failure(let problem): return .failed(reason: place + problem.text)
    case .success(let status):
      switch HookResult(httpStatus: status) {
      case .delivered: return .delivered
      case .failed(let reason): return .failed(reason: place + reason)
      case .refused(let reason): return .refused(reason: place + reason)
      }
    }
  }

  private struct Problem: Error {
    let text: String
  }

  /// Whether to give up. Its address is the same for life.
  private final class Flag: Sendable {
    private let isRaised = Atomic(false)

    func raise() { self.isRaised.store(true, ordering: .relaxed) }

    var value: Bool { self.isRaised.load(ordering: .relaxed) }
  }

  private func exchange(_ body: [UInt8], with address: String, unless flag: Flag) -> Result<Int, Problem> {
    if let reason = Self.unusable { return .failure(Problem(text: "libcurl cannot be used: \(reason)")) }
    guard let handle = ccurl_easy_init() else { return .failure(Problem(text: "libcurl has no memory")) }
    defer { ccurl_easy_cleanup(handle) }
    var headers = ccurl_slist_append(nil, "Content-Type: application/json")
    // Without this libcurl asks first whether a large body is welcome, and waits for a word.
    headers = ccurl_slist_append(headers, "Expect:")
    defer { ccurl_slist_free_all(headers) }
    let milliseconds = Int(max(1, (self.limit / .milliseconds(1)).rounded()))
    var settings = [
      ccurl_set_text(handle, CURLOPT_URL, address), ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
      ccurl_set_text(handle, CURLOPT_USERAGENT, "augury"), ccurl_set_headers(handle, headers),
      ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0), ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds), ccurl_set_long(handle, CURLOPT_POST, 1),
      // This machine is not behind a proxy of its own.
      ccurl_set_text(handle, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1"),
      // Nobody reads the answer's body: it ends the exchange, which is then as good as done.
      ccurl_set_sink(handle) { _, _, _, _ in 0 },
      ccurl_set_watch(
        handle,
        { context, _, _, _, _ in
          context.map { Unmanaged<Flag>.fromOpaque($0).takeUnretainedValue().value ? 1 : 0 } ?? 0
        }, Unmanaged.passUnretained(flag).toOpaque()),
    ]
    settings.append(body.withUnsafeBytes { ccurl_set_body(handle, $0.baseAddress, $0.count) })
    if let code = settings.first(where: { $0 != CURLE_OK }) { return .failure(Self.problem(code)) }
    let code = withExtendedLifetime(flag) { Self.withoutPipeSignal { ccurl_easy_perform(handle) } }
    guard code == CURLE_OK || code == CURLE_WRITE_ERROR else {
      if code == CURLE_OPERATION_TIMEDOUT { return .failure(Problem(text: "no answer within \(self.limit)")) }
      return .failure(Self.problem(code))
    }
    var status = 0
    ccurl_get_status(handle, &status)
    return .success(status)
  }

  /// Keeps SIGPIPE from this thread, which would end the process: TLS writes to sockets that may have been closed.
  private static func withoutPipeSignal<Value>(_ body: () -> Value) -> Value {
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    defer {
      var atOnce = timespec()
      while sigtimedwait(&pipe, nil, &atOnce) == SIGPIPE {}
      pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return body()
  }

  private static func problem(_ code: CURLcode) -> Problem {
    Problem(text: String(cString: ccurl_easy_strerror(code)))
  }
}
