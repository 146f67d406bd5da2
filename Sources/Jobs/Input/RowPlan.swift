import Store
import Tensors

/// How an input is read: the window stands at its beginning, the cutter at its first row.
struct InputPlan {
  let window: InputWindow
  let cutter: any RecordCutter
  /// Makes of records what is sent; nil if they are sent as they stand.
  let maker: (any RowMaker)?
}

/// How the rows of a job become requests, and the answers its output: the job's options, applied to one input and one
/// model.
struct RowPlan {
  let input: InputPlan
  /// Writes predictions; nil if they are written as they come.
  let writer: (any PredictionWriter)?
  /// What the output begins with before any row.
  let head: [UInt8]

  /// Looks at the input's beginning and decides. A signature is needed for all but JSON Lines to JSON Lines.
  ///
  /// Throws ``InputError``, `refused` if options, input and model do not go together.
  init(
    _ options: RowOptions, signature: Signature?, reading source: any ByteSource, path: String, byteLimit: Int,
    blockBytes: Int = 256 << 10
  ) throws(InputError) {
    try Self.refusing { () throws(RowPlanError) in try Self.check(options) }
    let window = InputWindow(source, blockBytes: blockBytes)
    let columns: CSVColumns?
    switch options.inputFormat {
    case .jsonLines:
      let isPlain = options.idField == nil && options.join == .nothing
      self.input = InputPlan(
        window: window, cutter: TextCutter(.lines, limit: byteLimit),
        maker: isPlain ? nil : ObjectRowMaker(options))
      columns = nil
    case .csv:
      let (cutter, header) = try Self.readHeader(window, byteLimit: byteLimit)
      let found = try Self.refusing { () throws(RowPlanError) in
        try CSVColumns(
          header: header.names, options: options, signature: try Self.expect(signature, for: "CSV input"))
      }
      self.input = InputPlan(window: window, cutter: cutter, maker: CSVRowMaker(found, options: options))
      columns = found
    case .npy:
      let header = try Self.readArrayHeader(window, path: path, byteLimit: byteLimit)
      try Self.refusing { () throws(RowPlanError) in
        try Self.check(header, fits: try Self.expect(signature, for: "NPY input"))
      }
      self.input = InputPlan(window: window, cutter: NPYCutter(header), maker: NPYRowMaker(header, options: options))
      columns = nil
    }
    (self.writer, self.head) = try Self.refusing { () throws(RowPlanError) in
      try Self.output(options, signature, columns)
    }
  }

  /// Looks whether a job of these options can read its input and write its output, as far as that can be known: without
  /// a signature only what does not depend on the model. Reads the input's beginning.
  ///
  /// Throws ``RowPlanError``.
  static func check(
    _ options: RowOptions, signature: Signature?, input path: String, byteLimit: Int
  ) throws(RowPlanError) {
    do throws(InputError) {
      let file: OpenFile
      let size: UInt64
      do throws(FileError) {
        file = try OpenFile.forReading(path)
        size = try file.fingerprint().size
        try Self.expectCompression(options.isCompressed, of: file)
      } catch {
        throw .unreadable(error)
      }
      let source: any ByteSource =
        options.isCompressed ? try GzipSource(file, size: size) : PlainSource(file, size: size)
      _ = try RowPlan(options, signature: signature, reading: source, path: path, byteLimit: byteLimit)
    } catch {
      switch error {
      case .refused(let refusal) where refusal.reason == Self.noSignature && signature == nil: return
      case .refused(let refusal): throw refusal
      case .unreadable, .unwritable, .changed, .damaged, .noMemory:
        throw RowPlanError("INPUT_UNREADABLE", error.description)
      }
    }
  }

  // MARK: What goes together

  static let noSignature = "NO_SIGNATURE"

  static func expect(_ signature: Signature?, for what: String) throws(RowPlanError) -> Signature {
    guard let signature else {
      throw RowPlanError(Self.noSignature, "the model's inputs and outputs are not known, and \(what) needs them")
    }
    return signature
  }

  /// Whether the options go together, whatever the input and the model.
  static func check(_ options: RowOptions) throws(RowPlanError) {
    func refuse(_ message: String) -> RowPlanError { RowPlanError("ROW_OPTIONS", message) }
    let reserved = ["input", "prediction"]
    if let id = options.idField {
      guard !id.isEmpty else { throw refuse("the id field has an empty name") }
      guard !reserved.contains(id) else { throw refuse("the id field is \"\(id)\", which the output uses itself") }
    }
    if case .fields(let fields) = options.join {
      guard !fields.isEmpty else { throw refuse("no field to join is named") }
      guard Set(fields).count == fields.count else { throw refuse("a field to join is named twice") }
      if let id = options.idField, fields.contains(id) {
        throw refuse("\"\(id)\" is the id, which is in the output already")
      }
    }
    if let outputs = options.outputs {
      guard !outputs.isEmpty else { throw refuse("no output is named") }
      guard Set(outputs).count == outputs.count else { throw refuse("an output is named twice") }
    }
    guard options.columns == nil || options.inputFormat == .csv else {
      throw refuse("columns are given for input that is not CSV")
    }
    if options.inputFormat == .npy {
      guard options.idField == nil else { throw refuse("rows of NPY have no field that names them") }
      if case .fields = options.join { throw refuse("rows of NPY have no fields that could be joined") }
    }
    if options.outputFormat == .npy {
      guard options.idField == nil, options.join == .nothing else {
        throw refuse("NPY output holds one output of the model alone: nothing can be joined, and rows have no id")
      }
    }
  }

  private static func expectCompression(_ isCompressed: Bool, of file: OpenFile) throws(FileError) {
    guard isCompressed else { return }
    guard try !GzipSource.isGzip(file) else { return }
    throw FileError(operation: "read", path: file.path, detail: "it is not compressed with gzip, as its name says")
  }

  private static func check(_ header: NPYHeader, fits signature: Signature) throws(RowPlanError) {
    guard signature.inputs.count == 1, let input = signature.inputs.first else {
      throw RowPlanError(
        "NPY_SHAPE", "an array is one input, and the model has \(signature.inputs.count); use JSON Lines or CSV")
    }
    let row = header.rowShape
    if let shape = input.shape {
      guard TensorSpec(name: "", dataType: .bool, shape: Array(shape.dropFirst())).accepts(shape: row) else {
        throw RowPlanError(
          "NPY_SHAPE",
          "the array's rows have shape \(Shape.text(row)), expected \(Shape.text(shape.dropFirst())) for input "
            + "\"\(input.name)\"")
      }
    }
    guard (header.dataType == .bool) == (input.dataType == .bool), input.dataType != .bytes else {
      throw RowPlanError(
        "NPY_TYPE", "the array holds \(header.dataType), and input \"\(input.name)\" takes \(input.dataType)")
    }
  }

  // MARK: The input's beginning

  private static func readHeader(
    _ window: InputWindow, byteLimit: Int
  ) throws(InputError) -> (TextCutter, CSVHeader) {
    var cutter = TextCutter(.csv, limit: byteLimit)
    while true {
      switch cutter.next(in: window) {
      case .needsBytes(let kept): try window.read(keeping: kept)
      case .end, .damaged: throw .refused(RowPlanError("CSV_HEADER", "the input has no header"))
      case .record(let record):
        return try Self.refusing { () throws(RowPlanError) in
          guard record.overlongBytes == nil else {
            throw RowPlanError("CSV_HEADER", "the header has \(record.overlongBytes ?? 0) bytes; is it CSV?")
          }
          return (cutter, try CSVHeader(record: window.bytes(record.content)))
        }
      }
    }
  }

  private static func readArrayHeader(
    _ window: InputWindow, path: String, byteLimit: Int
  ) throws(InputError) -> NPYHeader {
    func fill(_ count: Int) throws(InputError) {
      while window.end < count, !window.isAtEnd { try window.read(keeping: 0) }
    }
    try fill(NPYHeader.prefixBytes)
    let start = try Self.refusing { () throws(RowPlanError) in
      try NPYHeader.dataStart(window.bytes(0..<min(window.end, NPYHeader.prefixBytes)))
    }
    try fill(start)
    let header = try Self.refusing { () throws(RowPlanError) in
      try NPYHeader(window.bytes(0..<min(window.end, start)))
    }
    try Self.expectSize(of: header, window.size, byteLimit: byteLimit)
    return header
  }

  private static func expectSize(of header: NPYHeader, _ size: UInt64?, byteLimit: Int) throws(InputError) {
    guard header.rowBytes < byteLimit else {
      throw .refused(
        RowPlanError("NPY_SHAPE", "the array's rows have \(header.rowBytes) bytes, expected less than \(byteLimit)"))
    }
    let expected = UInt64(header.dataStart) + UInt64(header.dataBytes)
    if let size, size != expected {
      throw .refused(
        RowPlanError("NPY_TRUNCATED", "the file has \(size) bytes, and its NumPy header announces \(expected)"))
    }
  }

  private static func refusing<Value>(
    _ body: () throws(RowPlanError) -> Value
  ) throws(InputError) -> Value {
    do throws(RowPlanError) {
      return try body()
    } catch {
      throw .refused(error)
    }
  }
}
