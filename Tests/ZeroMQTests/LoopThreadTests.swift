import Glibc
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct LoopThreadTests {
  private final class Held: Sendable {}

  private struct Refusal: Error, Equatable {}

  @Test func endGivesWhatTheClosureReturned() async throws {
    let thread = try LoopThread(name: "answer") { 42 }
    async let first = thread.value
    async let second = thread.value
    #expect(try await [first, second] == [42, 42])
    #expect(try await thread.value == 42)
  }

  @Test func endGivesWhatTheClosureThrew() async throws {
    let thread = try LoopThread(name: "refusing") { () throws -> Int in throw Refusal() }
    await #expect(throws: Refusal()) { try await thread.value }
  }

  @Test(arguments: [("loop", "loop"), ("a name that is too long", "a name that is ")])
  func threadHasItsName(name: String, shown: String) async throws {
    let thread = try LoopThread(name: name) { () -> String in
      guard let file = fopen("/proc/thread-self/comm", "r") else { return "" }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = fread(&bytes, 1, bytes.count, file)
      return String(decoding: bytes.prefix(count).dropLast(), as: UTF8.self)
    }
    #expect(try await thread.value == shown)
  }

  @Test func signalsAreBlockedThereAndOnlyThere() async throws {
    let before = Self.blockedSignals()
    let thread = try LoopThread(name: "deaf") { Self.blockedSignals() }
    #expect(Self.blockedSignals() == before)
    let blocked = try await thread.value
    #expect(blocked.isSuperset(of: [SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGPIPE]))
    #expect(blocked.isDisjoint(with: [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT]))
  }

  @Test func socketsMadeBeforehandAreHandedOver() async throws {
    let context = try Context()
    let server = try Socket(.rep, in: context)
    try server.bind("tcp://127.0.0.1:*")
    let client = try Socket(.req, in: context)
    try client.connect(try server.lastEndpoint())
    let thread = try LoopThread(name: "server", handing: server) { (socket: consuming Socket) throws in
      for _ in 0..<10 { #expect(try send(receiveParts(socket).reversed(), to: socket) == .sent) }
    }
    for number in UInt8(0)..<10 {
      #expect(try send([[number], [9]], to: client) == .sent)
      #expect(try receiveParts(client) == [[9], [number]])
    }
    try await thread.value
  }

  @Test func allThatTheThreadHeldIsGoneWhenItsEndIsKnown() async throws {
    weak var captured: Held?
    weak var ended: Context?
    let thread: LoopThread<Void>
    do {
      let held = Held()
      captured = held
      let context = try Context()
      ended = context
      let socket = try Socket(.pull, in: context)
      thread = try LoopThread(name: "holder", handing: socket) { (socket: consuming Socket) throws in
        #expect(try socket.hasInput() == false)
        withExtendedLifetime(held) {}
      }
    }
    try await thread.value
    #expect(captured == nil)
    #expect(ended == nil)
  }

  @Test func threadThatCannotStartLetsItsSocketsGo() throws {
    weak var ended: Context?
    do {
      let context = try Context()
      ended = context
      let socket = try Socket(.pull, in: context)
      let error = #expect(throws: ZMQError.self) {
        _ = try LoopThread(name: "tiny", stackSize: 1, handing: try Socket(.pull, in: context)) { _ in }
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.call == "pthread_create(tiny)")
      socket.close()
    }
    #expect(ended == nil)
  }

  @Test func stackIsAsLargeAsAskedFor() async throws {
    let thread = try LoopThread(name: "deep", stackSize: 64 << 20) { Self.depth(of: 10_000) }
    #expect(try await thread.value == 10_000)
  }

  /// Counts by recursion, at least a thousand bytes of stack a step.
  @inline(never)
  private static func depth(of count: Int) -> Int {
    guard count > 0 else { return 0 }
    return withUnsafeTemporaryAllocation(byteCount: 1000, alignment: 8) { buffer in
      buffer[0] = 1
      return Int(buffer[0]) + Self.depth(of: count - 1)
    }
  }

  private static func blockedSignals() -> Set<Int32> {
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    return Set((1..<32).filter { sigismember(&mask, $0) == 1 })
  }
}
