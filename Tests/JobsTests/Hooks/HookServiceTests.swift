import AuguryClient
import Foundation
import Glibc
import Logging
import QueueCore
import Store
import Synchronization
import Testing

@testable import Jobs

@Suite("Telling of the ends of jobs", .timeLimit(.minutes(3)))
struct HookServiceTests {
  @Test("A server that fails at first is told again, with the job as JSON, and then never more")
  func retries() async throws {
    let server = try await NotifyServer(answers: ["500", "drop", "204"])
    let outbox = FakeOutbox()
    outbox.add(7, notifyURL: server.url)
    try await Self.serving(outbox, try Self.hooks()) { _ in
      try await eventually { outbox.outcome(of: 7) != nil }
    }
    #expect(outbox.outcome(of: 7) == .delivered)
    #expect(
      server.requests.map { "\($0.method) \($0.path) \($0.type ?? "")" }
        == Array(repeating: "POST /done application/json", count: 3))
    for request in server.requests {
      #expect(try JSONDecoder().decode(Job.self, from: Data(request.body.utf8)) == FakeOutbox.job(7))
    }
  }

  @Test("Answers for good are not asked for again, and redirections not followed")
  func refusals() async throws {
    let gone = try await NotifyServer(answers: ["410"])
    let moved = try await NotifyServer(answers: ["307"])
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: gone.url)
    outbox.add(2, notifyURL: moved.url)
    outbox.add(3, notifyURL: "http://example.com/elsewhere")
    outbox.add(4, notifyURL: nil)
    try await Self.serving(outbox, try Self.hooks()) { _ in
      try await eventually { outbox.pendingCount == 0 }
    }
    #expect(outbox.failure(of: 1)?.contains("HTTP status 410") == true)
    #expect(outbox.failure(of: 2)?.contains("redirection") == true)
    #expect(outbox.failure(of: 3)?.contains("not allowed") == true)
    #expect(outbox.outcome(of: 4) == .nobodyToTell)
    #expect(gone.requests.count == 1)
    #expect(moved.requests.map(\.path) == ["/done"])
  }

  @Test("A server that never answers, or is not there, is given up after the tries there are")
  func silence() async throws {
    let server = try await NotifyServer(answers: ["hang"])
    var hooks = try Self.hooks()
    hooks.postLimit = .milliseconds(150)
    hooks.policy.attempts = 2
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: server.url)
    outbox.add(2, notifyURL: "http://127.0.0.1:1/")
    try await Self.serving(outbox, hooks) { _ in
      try await eventually { outbox.pendingCount == 0 }
    }
    #expect(outbox.failure(of: 1)?.contains("no answer within 0.15 seconds, 2 times") == true)
    #expect(server.requests.count <= 2)
    #expect(outbox.failure(of: 2)?.hasSuffix(", 2 times") == true)
  }

  @Test("The command has the job on its standard input, its number and state in the environment")
  func command() async throws {
    let folder = TemporaryFolder()
    let script = try folder.executable(
      "hook.sh", "cat > \"\(folder.path)/body\"; echo \"$AUGURY_JOB_ID $AUGURY_JOB_STATE\" > \"\(folder.path)/words\"")
    let outbox = FakeOutbox()
    try await Self.serving(outbox, try Self.hooks(command: script)) { service in
      outbox.add(12, notifyURL: nil)
      service.look()
      try await eventually { outbox.outcome(of: 12) != nil }
    }
    #expect(outbox.outcome(of: 12) == .delivered)
    #expect(folder.text("words") == "12 succeeded\n")
    let body = Data((folder.text("body") ?? "").utf8)
    #expect(try JSONDecoder().decode(Job.self, from: body) == FakeOutbox.job(12))
  }

  @Test("A command that fails is run again; one that was told is not, though the other hook has to be tried again")
  func bothHooks() async throws {
    let server = try await NotifyServer(answers: ["503", "503", "200"])
    let folder = TemporaryFolder()
    let script = try folder.executable(
      "hook.sh", "echo x >> \"\(folder.path)/runs\"; [ $(wc -l < \"\(folder.path)/runs\") -ge 2 ] || exit 3")
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: server.url)
    try await Self.serving(outbox, try Self.hooks(command: script)) { _ in
      try await eventually { outbox.outcome(of: 1) != nil }
    }
    #expect(outbox.outcome(of: 1) == .delivered)
    #expect(folder.text("runs") == "x\nx\n")
    #expect(server.requests.count == 3)
  }

  @Test("A command past its time is killed with all that it has started, and leaves no zombie")
  func timeLimit() async throws {
    let folder = TemporaryFolder()
    let script = try folder.executable(
      "hook.sh",
      "trap '' TERM; (trap '' TERM; exec sleep 1000) & echo \"$$ $!\" > \"\(folder.path)/pids\"; wait; wait")
    var hooks = try Self.hooks(command: script)
    hooks.commandLimit = .milliseconds(500)
    hooks.policy.attempts = 1
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: nil)
    try await Self.serving(outbox, hooks) { _ in
      try await eventually { outbox.outcome(of: 1) != nil }
    }
    #expect(outbox.failure(of: 1)?.contains("took longer than 0.5 seconds and was killed") == true)
    let pids = (folder.text("pids") ?? "").split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
    try #require(pids.count == 2)
    // The leader is reaped by then; its child, which it leaves to init, may take a moment.
    #expect(kill(pids[0], 0) == -1 && errno == ESRCH)
    try await eventually { Self.isGone(pids[1]) }
  }

  @Test("What cannot be written down is not told again, but written down later")
  func storeFailures() async throws {
    let server = try await NotifyServer(answers: ["200"])
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: server.url)
    outbox.failures = 3
    try await Self.serving(outbox, try Self.hooks()) { service in
      try await eventually {
        // Somebody ends a job time and again: the outbox is looked into although one outcome is not in it yet.
        service.look()
        return outbox.outcome(of: 1) != nil
      }
    }
    #expect(outbox.outcome(of: 1) == .delivered)
    #expect(server.requests.count == 1)
  }

  @Test("The end of a job that another process ran is noticed without a word")
  func polling() async throws {
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: nil)
    try await Self.serving(outbox, try Self.hooks()) { _ in
      try await eventually { outbox.pendingCount == 0 }
      outbox.add(2, notifyURL: nil)
      try await eventually { outbox.outcome(of: 2) == .nobodyToTell }
    }
  }

  @Test("The jobs of a store are told of once they have ended, also after a restart, and then never more")
  func store() async throws {
    let bench = try Bench()
    try bench.folder.write("in.jsonl", Bench.rows(8))
    let server = try await NotifyServer(answers: ["200"])
    var submission = bench.submission()
    submission.notifyURL = server.url
    let job = try await bench.run(submission)
    let silent = try await bench.run(bench.submission("in.jsonl", "silent.jsonl"))
    let outbox = StoreOutbox(store: bench.store)
    #expect(try await outbox.pendingHooks().map(\.job) == [job, silent])
    try await Self.serving(outbox, try Self.hooks()) { _ in
      try await eventually { try await outbox.pendingHooks().isEmpty }
    }
    let records = try await bench.store.jobs(in: nil)
    #expect(records.map(\.notification) == [.delivered, .none])
    #expect(try server.requests.map { try JSONDecoder().decode(Job.self, from: Data($0.body.utf8)) } == [job])
    // One that is forgotten before its outcome is known does not hold the service up.
    try await outbox.recordHook(JobID(99), .failed(reason: "late"))
  }

  @Test("What is under way when the service stops is told by its successor")
  func restart() async throws {
    let hanging = try await NotifyServer(answers: ["hang", "200"])
    let outbox = FakeOutbox()
    outbox.add(1, notifyURL: hanging.url)
    try await Self.serving(outbox, try Self.hooks()) { _ in
      try await eventually { hanging.requests.count == 1 }
    }
    #expect(outbox.outcome(of: 1) == nil)
    try await Self.serving(outbox, try Self.hooks()) { _ in
      try await eventually { outbox.outcome(of: 1) != nil }
    }
    #expect(outbox.outcome(of: 1) == .delivered)
    #expect(hanging.requests.count == 2)
  }

  // MARK: - Helpers

  private static func hooks(command: String? = nil) throws -> JobHooks {
    var hooks = try JobHooks(command: command)
    hooks.policy.firstPauseMilliseconds = 4
    return hooks
  }

  private static func serving(
    _ outbox: any HookOutbox, _ hooks: JobHooks, _ body: (HookService) async throws -> Void
  ) async throws {
    let service = HookService(
      outbox: outbox, hooks: hooks, seed: 1, logger: Logger(label: "hooks") { _ in SwiftLogNoOpLogHandler() })
    let task = Task { await service.run() }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(service))
    } catch {
      result = .failure(error)
    }
    service.stop()
    await task.value
    try result.get()
  }

  /// Whether a process is no more, or only waits to be reaped by another than us.
  private static func isGone(_ pid: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
    return status.split(separator: ")").last?.hasPrefix(" Z") == true
  }
}

extension TemporaryFolder {
  /// A shell script that may be executed.
  fileprivate func executable(_ name: String, _ commands: String) throws -> String {
    let path = try self.write(name, "#!/bin/sh\n\(commands)\n")
    try #require(chmod(path, 0o755) == 0)
    return path
  }
}

/// An outbox in memory, whose writes fail when they are meant to.
final class FakeOutbox: HookOutbox {
  private struct State {
    var pending: [PendingHook] = []
    var outcomes: [JobID: HookOutcome] = [:]
    var failures = 0
  }

  private let state = Mutex(State())

  static func job(_ id: Int64) -> Job {
    Job(
      id: "\(id)", model: "digits", version: "2", input: "/in", output: "/out", errors: "/err", state: .succeeded,
      message: String(repeating: "long ", count: 30_000), batchSize: 256, rowsDone: 3, bytesTotal: 9, createdAt: 1.5)
  }

  func add(_ id: Int64, notifyURL: String?) {
    let hook = PendingHook(id: JobID(id), job: Self.job(id), notifyURL: notifyURL)
    self.state.withLock { $0.pending.append(hook) }
  }

  /// Writes that are still to fail.
  var failures: Int {
    get { self.state.withLock { $0.failures } }
    set { self.state.withLock { $0.failures = newValue } }
  }

  var pendingCount: Int { self.state.withLock { $0.pending.count } }

  func outcome(of id: Int64) -> HookOutcome? { self.state.withLock { $0.outcomes[JobID(id)] } }

  func failure(of id: Int64) -> String? {
    if case .failed(let reason) = self.outcome(of: id) { reason } else { nil }
  }

  func pendingHooks() async throws(StoreError) -> [PendingHook] { self.state.withLock { $0.pending } }

  func recordHook(_ job: JobID, _ outcome: HookOutcome) async throws(StoreError) {
    let isWritten = self.state.withLock { state in
      guard state.failures == 0 else {
        state.failures -= 1
        return false
      }
      state.pending.removeAll { $0.id == job }
      state.outcomes[job] = outcome
      return true
    }
    guard isWritten else { throw StoreError(.busy, "the store is busy") }
  }
}
