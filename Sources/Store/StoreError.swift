/// Why the store could not do what was asked: a code for programs and a line for people that names the file or the job.
public struct StoreError: Error, Sendable {
  /// What kind of failure it is. Open: compare with the codes you handle and leave room for others.
  public struct Code: Hashable, Sendable {
    private enum Value {
      case corrupt
      case full
      case busy
      case unusable
      case newerSchema
      case notFound
      case fenced
      case finished
      case digestDiffers
      case nameTaken
      case inUse
      case leased
      case unfinished
      case outdated
    }

    private let value: Value

    /// The database file is damaged or no database at all.
    public static let corrupt = Code(value: .corrupt)
    /// There is no room left for the database; nothing was changed.
    public static let full = Code(value: .full)
    /// Another process held the database for too long; nothing was changed.
    public static let busy = Code(value: .busy)
    /// The database cannot be opened, read or written, for example for want of permission.
    public static let unusable = Code(value: .unusable)
    /// The database was made by a newer version of this program.
    public static let newerSchema = Code(value: .newerSchema)
    /// There is no such job, version or alias.
    public static let notFound = Code(value: .notFound)
    /// Somebody else has claimed the job since; whoever asked may not write for it any more.
    public static let fenced = Code(value: .fenced)
    /// The job has ended and does not change any more.
    public static let finished = Code(value: .finished)
    /// The version is registered with another artifact.
    public static let digestDiffers = Code(value: .digestDiffers)
    /// The name is that of something else.
    public static let nameTaken = Code(value: .nameTaken)
    /// Something stands for it that has to be removed first.
    public static let inUse = Code(value: .inUse)
    /// Another runner may write for the job until its lease ends.
    public static let leased = Code(value: .leased)
    /// The job has not ended, or another one that has not ended needs it.
    public static let unfinished = Code(value: .unfinished)
    /// What was to be changed has been changed by somebody else since.
    public static let outdated = Code(value: .outdated)
  }

  /// What kind of failure it is.
  public var code: Code
  /// One line that names what was wrong.
  public var message: String
  /// The error below this one, if there is any.
  public var cause: (any Error)?

  /// Makes an error.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension StoreError: CustomStringConvertible {
  /// The message.
  public var description: String { self.message }
}
