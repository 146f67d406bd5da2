import AuguryClient
import QueueCore
import Store

/// Looks the options of a submission over, and settles what it leaves open.
struct OptionsCheck {
  private static let concurrencyLimit = 1024
  private static let priorities = -1000...1000
  private static let labelLimit = 64
  private static let labelKeyBytes = 1...63
  private static let labelValueBytes = 255
  private static let keyBytes = 1...255
  private static let urlBytes = 2048
  private static let longestRetentionSeconds = 10.0 * 366 * 86_400

  private let submission: JobSubmission
  private let now: Double

  init(_ submission: JobSubmission, at now: Double) {
    self.submission = submission
    self.now = now
  }

  /// Throws ``PredictionError``, `INVALID_ARGUMENT`, that names the option, its value, and what was expected.
  func options() throws(PredictionError) -> JobOptions {
    var options = JobOptions()
    options.rows = try self.rows()
    if let concurrency = self.submission.concurrency {
      try Self.expect((1...Self.concurrencyLimit).contains(concurrency), "concurrency", concurrency, "1 to 1024")
    }
    options.concurrency = self.submission.concurrency
    options.priority = self.submission.priority ?? 0
    try Self.expect(Self.priorities.contains(options.priority), "priority", options.priority, "-1000 to 1000")
    options.finishBy = try self.time(self.submission.finishBy, "finish_by")
    options.expiresAt = try self.time(self.submission.expiresAt, "expires_at")
    if let seconds = self.submission.retentionSeconds {
      try Self.expect(
        (0...Self.longestRetentionSeconds).contains(seconds), "retention_seconds", seconds, "0 to ten years")
    }
    options.retentionSeconds = self.submission.retentionSeconds
    options.labels = try self.labels()
    options.errorLimit = try self.errorLimit()
    if let key = self.submission.idempotencyKey {
      try Self.expect(Self.keyBytes.contains(key.utf8.count), "idempotency_key", "\"\(key)\"", "1 to 255 bytes")
    }
    options.idempotencyKey = self.submission.idempotencyKey
    options.notifyURL = try self.notifyURL()
    options.isSynced = self.submission.sync ?? true
    return options
  }

  private static func expect(
    _ isRight: Bool, _ option: String, _ value: some CustomStringConvertible, _ expected: String
  ) throws(PredictionError) {
    guard isRight else { throw .invalid("OPTION", "\(option) is \(value), expected \(expected)") }
  }

  // MARK: Rows

  private func rows() throws(PredictionError) -> RowOptions {
    var rows = RowOptions()
    let (input, isCompressed) = Self.withoutGzip(self.submission.input)
    rows.isCompressed = isCompressed
    rows.inputFormat = try Self.format(self.submission.inputFormat, "input_format", path: input)
    rows.outputFormat = try Self.format(self.submission.outputFormat, "output_format", path: self.submission.output)
    if let field = self.submission.idField { try Self.expect(!field.isEmpty, "id_field", "empty", "a field's name") }
    rows.idField = self.submission.idField
    rows.join = try self.join()
    if let outputs = self.submission.outputs {
      try Self.expect(
        !outputs.isEmpty && Set(outputs).count == outputs.count && !outputs.contains(""), "outputs", outputs,
        "names of outputs, each once")
    }
    rows.outputs = self.submission.outputs
    if let columns = self.submission.columns {
      try Self.expect(rows.inputFormat == .csv, "columns", "given", "an input in CSV to go with it")
      try Self.expect(
        !columns.isEmpty && columns.values.allSatisfy { !$0.isEmpty }, "columns", columns,
        "names of columns for each input")
    }
    rows.columns = self.submission.columns
    return rows
  }

  private static func withoutGzip(_ path: String) -> (path: String, isCompressed: Bool) {
    path.hasSuffix(".gz") ? (String(path.dropLast(3)), true) : (path, false)
  }

  private static func format(
    _ name: String?, _ option: String, path: String
  ) throws(PredictionError) -> RowOptions.Format {
    let names = RowOptions.Format.allCases.map(\.rawValue)
    if let name {
      guard let format = RowOptions.Format(rawValue: name) else {
        throw .invalid("OPTION", "\(option) is \"\(name)\", expected \(names.joined(separator: ", "))")
      }
      return format
    }
    return RowOptions.Format.allCases.first { path.hasSuffix(".\($0.rawValue)") } ?? .jsonLines
  }

  private func join() throws(PredictionError) -> RowOptions.Join {
    guard let fields = self.submission.join, !fields.isEmpty else { return .nothing }
    if fields == ["*"] { return .row }
    try Self.expect(
      !fields.contains("*") && !fields.contains("") && Set(fields).count == fields.count, "join", fields,
      "names of fields, each once, or \"*\" alone")
    return .fields(fields)
  }

  // MARK: The rest

  private func time(_ value: Double?, _ option: String) throws(PredictionError) -> Double? {
    guard let value else { return nil }
    try Self.expect(
      value.isFinite && value > self.now, option, value, "a time to come, in seconds since 1970 (now is \(self.now))")
    return value
  }

  private func labels() throws(PredictionError) -> [String: String] {
    let labels = self.submission.labels ?? [:]
    try Self.expect(labels.count <= Self.labelLimit, "the number of labels", labels.count, "at most \(Self.labelLimit)")
    for (key, value) in labels {
      try Self.expect(Self.labelKeyBytes.contains(key.utf8.count), "label \"\(key)\"", "named so", "1 to 63 bytes")
      try Self.expect(
        value.utf8.count <= Self.labelValueBytes, "label \"\(key)\"", "\(value.utf8.count) bytes long",
        "at most \(Self.labelValueBytes)")
    }
    return labels
  }

  private func errorLimit() throws(PredictionError) -> ErrorLimit? {
    switch (self.submission.maxErrors, self.submission.maxErrorPercent) {
    case (nil, nil): return nil
    case (let rows?, nil):
      try Self.expect(rows >= 0, "max_errors", rows, "0 or more")
      return .rows(rows)
    case (nil, let percent?):
      try Self.expect((0...100).contains(percent), "max_error_percent", percent, "0 to 100")
      return .percent(percent)
    case (_?, _?): throw .invalid("OPTION", "max_errors and max_error_percent are both given, expected one of them")
    }
  }

  private func notifyURL() throws(PredictionError) -> String? {
    guard let url = self.submission.notifyURL else { return nil }
    let isHTTP = url.hasPrefix("http://") || url.hasPrefix("https://")
    try Self.expect(
      isHTTP && url.utf8.count <= Self.urlBytes, "notify_url", "\"\(url)\"",
      "http:// or https:// and at most \(Self.urlBytes) bytes")
    return url
  }
}
