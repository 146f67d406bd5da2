import AuguryClient
import Glibc
import QueueCore
import Subprocess
import SystemPackage

/// The program that an operator wants run at the end of each job.
///
/// It has the job as JSON on its standard input, and the job's number and state in the environment; what it writes goes
/// to this process's standard error. It leads a session of its own: past the time limit everything it has started there
/// gets SIGTERM, and SIGKILL a second later.
struct HookCommand: Sendable {
  let path: String
  let limit: Duration

  /// Runs it once and waits for its end. An exit code other than 0 is a failure that may pass.
  func run(_ job: Job, body: [UInt8]) async -> HookResult {
    let name = "command '\(self.path)'"
    let result: HookResult? = await within(self.limit) {
      do {
        switch try await self.execute(job, body: body) {
        case .exited(0): return .delivered
        case .exited(let code): return .failed(reason: "\(name) ended with exit code \(code)")
        case .signaled(let signal): return .failed(reason: "\(name) was ended by signal \(signal)")
        }
      } catch {
        return .failed(reason: "\(name) could not be run: \(error)")
      }
    }
    return result ?? .failed(reason: "\(name) took longer than \(self.limit) and was killed")
  }

  private func execute(_ job: Job, body: [UInt8]) async throws -> TerminationStatus {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
    let result = try await Subprocess.run(
      .path(FilePath(self.path)),
      environment: .inherit.updating(["AUGURY_JOB_ID": job.id, "AUGURY_JOB_STATE": job.state.rawValue]),
      platformOptions: options,
      // A file and not a pipe: a program that does not read it cannot hold up or break whoever writes.
      input: .fileDescriptor(try Self.file(with: body), closeAfterSpawningProcess: true),
      output: .currentStandardError, error: .currentStandardError)
    return result.terminationStatus
  }

  /// A file without a name that is read from its start.
  private static func file(with bytes: [UInt8]) throws -> FileDescriptor {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    var path = Array("\(folder.isEmpty ? "/tmp" : folder)/augury-hook-XXXXXX".utf8CString)
    let number = mkstemp(&path)
    guard number >= 0 else { throw Errno(rawValue: errno) }
    unlink(path)
    let descriptor = FileDescriptor(rawValue: number)
    do {
      guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else { throw Errno(rawValue: errno) }
      try descriptor.writeAll(bytes)
      try descriptor.seek(offset: 0, from: .start)
    } catch {
      try descriptor.close()
      throw error
    }
    return descriptor
  }
}
