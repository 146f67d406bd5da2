import AuguryClient
import Glibc
import QueueCore
import Store
import Tensors

/// Looks a submission over as far as the file system goes, so that a job that cannot succeed is refused at once.
struct SubmissionCheck: Sendable {
  /// Rows of a chunk, at most: as many as workers take in a request.
  static let batchSizeLimit = 65_536

  private let submission: JobSubmission
  private let chunkBytes: Int
  private let defaultBatchSize: Int

  init(_ submission: JobSubmission, options: JobService.Options) {
    self.submission = submission
    self.chunkBytes = options.chunkBytes
    self.defaultBatchSize = options.defaultBatchSize
  }

  /// The job that was submitted, as far as its own words go; the input's fingerprint is missing.
  ///
  /// Throws ``PredictionError`` that says what is wrong and what was expected.
  func described(at time: Double) throws(PredictionError) -> NewJob {
    try self.checkNames()
    let batchSize = self.submission.batchSize ?? self.defaultBatchSize
    guard (1...Self.batchSizeLimit).contains(batchSize) else {
      throw .invalid("BATCH_SIZE", "batch_size is \(batchSize), expected 1 to \(Self.batchSizeLimit)")
    }
    let output = self.submission.output
    try Self.checkPath(self.submission.input, "input")
    try Self.checkPath(output, "output")
    return NewJob(
      model: self.submission.model, requestedVersion: self.submission.version, input: self.submission.input,
      output: output, errors: Paths.errors(ofOutput: output), overwrite: self.submission.overwrite ?? false,
      batchSize: batchSize, chunkBytes: self.chunkBytes,
      inputFingerprint: FileFingerprint(size: 0, modifiedNanoseconds: 0, inode: 0), createdAt: time,
      options: try OptionsCheck(self.submission, at: time).options())
  }

  /// The job with what its input is, once its files are found to be as they must. Touches the disk.
  ///
  /// Throws ``PredictionError`` that says what is wrong and what was expected.
  func withFiles(_ described: NewJob) throws(PredictionError) -> NewJob {
    var job = described
    (job.inputFingerprint, job.options.rows.isCompressed) = try self.checkInput(job.options.rows.isCompressed)
    try Self.checkDirectory(of: job.output)
    let names = [job.output, job.errors].flatMap { [$0, Paths.partial($0), Paths.retryPartial($0)] }
    try self.checkDistinct(names)
    for path in [job.output, job.errors] { try Self.checkTarget(path, overwrite: job.overwrite) }
    return job
  }

  /// Looks whether the job's options, its input and its model go together, and whether there is room. Touches the disk.
  ///
  /// - Parameter signature: The model's inputs and outputs, if they are known.
  ///
  /// Throws ``PredictionError`` that says what is wrong and what was expected.
  static func checkRows(of job: NewJob, signature: Signature?) throws(PredictionError) {
    do throws(RowPlanError) {
      try RowPlan.check(
        job.options.rows, signature: signature, input: job.input, byteLimit: job.chunkBytes)
    } catch {
      throw .invalid(error.reason, error.message)
    }
    try SpaceCheck(job: job, signature: signature).run()
  }

  private func checkNames() throws(PredictionError) {
    for (field, name) in [("model", self.submission.model), ("version", self.submission.version ?? "any")]
    where !Names.isValid(name) {
      throw .invalid(
        "INVALID_NAME", "\(field) \"\(name)\" must be 1 to \(Names.maximumBytes) bytes of A-Z a-z 0-9 . _ -")
    }
  }

  private static func checkPath(_ path: String, _ field: String) throws(PredictionError) {
    guard path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count < Int(PATH_MAX) else {
      throw .invalid("INVALID_PATH", "\(field) '\(path)' must be an absolute path of less than \(PATH_MAX) bytes")
    }
  }

  /// What the input is, and whether it is compressed: by its name, or by how it begins.
  private func checkInput(_ isCompressed: Bool) throws(PredictionError) -> (FileFingerprint, Bool) {
    let path = self.submission.input
    guard let status = try Self.lookUp(path) else {
      throw .invalid("INPUT_NOT_FOUND", "there is no input file '\(path)'")
    }
    guard status.isRegularFile else {
      throw .invalid("INPUT_NOT_A_FILE", "input '\(path)' must be a regular file")
    }
    do throws(FileError) {
      let file = try OpenFile.forReading(path)
      let isGzip = try GzipSource.isGzip(file)
      return (try file.fingerprint(), isCompressed || isGzip)
    } catch {
      throw .invalid("INPUT_UNREADABLE", "input cannot be read: \(error)")
    }
  }

  private static func checkDirectory(of output: String) throws(PredictionError) {
    let directory = Paths.directory(of: output)
    guard let status = try Self.lookUp(directory), status.isDirectory else {
      throw .invalid("NO_OUTPUT_DIRECTORY", "there is no directory '\(directory)' for output '\(output)'")
    }
    guard access(directory, W_OK | X_OK) == 0 else {
      throw .invalid(
        "OUTPUT_NOT_WRITABLE",
        "directory '\(directory)' of the output cannot be written to: \(String(cString: strerror(errno)))")
    }
  }

  private func checkDistinct(_ written: [String]) throws(PredictionError) {
    let input = self.submission.input
    for path in written {
      let isSame: Bool
      do throws(FileError) {
        // Names alone tell for files that are not there yet.
        isSame = path == input ? true : try Paths.areSame(path, input)
      } catch {
        throw .invalid("UNUSABLE_PATH", error.description)
      }
      guard !isSame else {
        throw .invalid("SAME_FILE", "input '\(input)' would be overwritten: the job writes to '\(path)'")
      }
    }
  }

  private static func checkTarget(_ path: String, overwrite: Bool) throws(PredictionError) {
    guard !path.hasSuffix("/") else { throw .invalid("INVALID_PATH", "output '\(path)' must name a file") }
    guard let status = try Self.lookUp(path) else { return }
    guard status.isRegularFile else {
      throw .invalid("OUTPUT_NOT_A_FILE", "'\(path)' is there and is not a regular file")
    }
    guard overwrite else {
      throw PredictionError(
        .alreadyExists, reason: "OUTPUT_EXISTS", message: "'\(path)' is there already; overwrite replaces it")
    }
  }

  private static func lookUp(_ path: String) throws(PredictionError) -> stat? {
    do throws(FileError) {
      return try Paths.status(path)
    } catch {
      throw .invalid("UNUSABLE_PATH", error.description)
    }
  }
}

extension stat {
  fileprivate var isRegularFile: Bool { self.st_mode & S_IFMT == S_IFREG }
  fileprivate var isDirectory: Bool { self.st_mode & S_IFMT == S_IFDIR }
}
