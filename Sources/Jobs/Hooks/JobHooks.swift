public import AuguryClient
import Glibc
public import QueueCore

/// Who is told of the ends of jobs, as the operator has it.
public struct JobHooks: Sendable {
  /// A setting that makes no sense.
  public struct SettingError: Error, Sendable, CustomStringConvertible {
    /// One line that names the setting's value, what is wrong with it and what was expected.
    public var description: String
  }

  /// No program, and notifications to this machine.
  public static let standard = JobHooks(
    command: nil, prefixes: ["127.0.0.1", "localhost", "[::1]"].map { NotifyURL(scheme: "http", host: $0) })

  /// The program that is run at the end of each job; nil for none.
  public let command: String?
  /// Time that the program may take for one job.
  public var commandLimit: Duration = .seconds(60)
  /// Time that one notification may take.
  public var postLimit: Duration = .seconds(10)
  /// How often it is tried, and when.
  public var policy = HookPolicy()

  private let prefixes: [NotifyURL]

  private init(command: String?, prefixes: [NotifyURL]) {
    self.command = command
    self.prefixes = prefixes
  }

  /// - Parameters:
  ///   - command: The path of an executable file; nil for none.
  ///   - prefixes: What addresses of notifications may begin with; nil for those of ``standard``. Scheme and host must
  ///     be the same, the port if the prefix names one, and the path up to a slash.
  /// - Throws: ``SettingError`` if the command cannot be executed, or a prefix is no address.
  public init(command: String? = nil, allowing prefixes: [String]? = nil) throws(SettingError) {
    if let command { try Self.expectExecutable(command) }
    guard let prefixes else {
      self.init(command: command, prefixes: Self.standard.prefixes)
      return
    }
    var parsed: [NotifyURL] = []
    for prefix in prefixes {
      do throws(NotifyURL.Problem) {
        parsed.append(try NotifyURL(prefix))
      } catch {
        throw SettingError(description: "'\(prefix)' is no prefix of notification addresses: \(error.reason)")
      }
    }
    self.init(command: command, prefixes: parsed)
  }

  /// Checks where a submitter wants the end of a job told to.
  ///
  /// Throws ``PredictionError``: `INVALID_ARGUMENT` for what is no address, `PERMISSION_DENIED` for one that the
  /// operator does not allow.
  public func checkNotifyURL(_ text: String) throws(PredictionError) {
    let url: NotifyURL
    do throws(NotifyURL.Problem) {
      url = try NotifyURL(text)
    } catch {
      throw PredictionError(
        .invalidArgument, reason: "NOTIFY_URL", message: "notify_url '\(text)' cannot be used: \(error.reason)")
    }
    guard self.prefixes.contains(where: url.begins) else {
      let allowed = self.prefixes.map(\.text).joined(separator: ", ")
      throw PredictionError(
        .permissionDenied, reason: "NOTIFY_NOT_ALLOWED",
        message: "notify_url '\(text)' is not allowed; allowed is "
          + (self.prefixes.isEmpty ? "none" : "what begins with \(allowed)")
          + "; the operator can allow more by --allow-notify")
    }
  }

  private static func expectExecutable(_ path: String) throws(SettingError) {
    var status = stat()
    guard path.hasPrefix("/") else {
      throw SettingError(description: "job hook '\(path)' must be an absolute path")
    }
    guard stat(path, &status) == 0 else {
      throw SettingError(description: "job hook '\(path)' cannot be used: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
      throw SettingError(description: "job hook '\(path)' must be a file that may be executed")
    }
  }
}
