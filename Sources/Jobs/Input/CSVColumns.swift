import Store
import Tensors

/// Which columns of a CSV file are for what.
struct CSVColumns {
  /// An input of the model and the columns that make up a row of it, row-major.
  struct Input {
    let name: String
    let dataType: DataType
    /// The row's shape.
    let shape: [Int]
    let columns: [Int]
  }

  let names: [String]
  let inputs: [Input]
  let id: Int?
  /// Columns that are joined to the output.
  let joined: [Int]

  /// Throws ``RowPlanError`` if the header does not give the model what it needs.
  init(header names: [String], options: RowOptions, signature: Signature) throws(RowPlanError) {
    self.names = names
    let header = CSVHeader(names)
    guard !signature.inputs.isEmpty else {
      throw RowPlanError("CSV_COLUMNS", "the model does not say what its inputs are, so CSV cannot be read for it")
    }
    self.id = if let field = options.idField { try header.index(of: field, for: "the id") } else { nil }
    switch options.join {
    case .nothing: self.joined = []
    case .row: self.joined = names.indices.filter { [id] in $0 != id }
    case .fields(let fields):
      var joined: [Int] = []
      for field in fields { joined.append(try header.index(of: field, for: "the join")) }
      self.joined = joined
    }
    let rest = names.indices.filter { [id] in $0 != id }
    let isJoinChosen = if case .fields = options.join { true } else { false }
    let unused = isJoinChosen ? rest.filter { [joined] in !joined.contains($0) } : Array(rest)
    self.inputs = try Self.inputs(
      signature, header, explicit: options.columns, candidates: [Array(rest), unused])
  }

  private static func inputs(
    _ signature: Signature, _ header: CSVHeader, explicit: [String: [String]]?, candidates: [[Int]]
  ) throws(RowPlanError) -> [Input] {
    if let explicit { return try Self.inputs(signature, header, explicit: explicit) }
    var named: [Input] = []
    var missing: String?
    for spec in signature.inputs {
      if let columns = try header.columns(named: spec.name) {
        named.append(try Self.input(spec, columns))
      } else if missing == nil {
        missing = spec.name
      }
    }
    guard let missing else { return named }
    guard signature.inputs.count == 1, let spec = signature.inputs.first else {
      throw RowPlanError(
        "CSV_COLUMNS",
        "the header has no column for input \"\(missing)\", neither of its name nor \"\(missing)[0]\" or "
          + "\"\(missing)_0\" and so on; it has \(header.list)")
    }
    for columns in candidates {
      if Self.rowShape(of: spec, columns: columns.count) != nil, spec.shape?.dropFirst().contains(-1) == false {
        return [try Self.input(spec, columns)]
      }
    }
    return [try Self.input(spec, candidates[candidates.count - 1])]
  }

  private static func inputs(
    _ signature: Signature, _ header: CSVHeader, explicit: [String: [String]]
  ) throws(RowPlanError) -> [Input] {
    for name in explicit.keys.sorted() where !signature.inputs.contains(where: { $0.name == name }) {
      let known = signature.inputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw RowPlanError("CSV_COLUMNS", "columns are given for \"\(name)\", but the model's inputs are \(known)")
    }
    var inputs: [Input] = []
    for spec in signature.inputs {
      guard let names = explicit[spec.name] else {
        throw RowPlanError("CSV_COLUMNS", "no columns are given for input \"\(spec.name)\"")
      }
      var columns: [Int] = []
      for name in names { columns.append(try header.index(of: name, for: "input \"\(spec.name)\"")) }
      inputs.append(try Self.input(spec, columns))
    }
    return inputs
  }

  private static func input(_ spec: TensorSpec, _ columns: [Int]) throws(RowPlanError) -> Input {
    guard let shape = Self.rowShape(of: spec, columns: columns.count) else {
      throw RowPlanError(
        "CSV_COLUMNS",
        "a row of input \"\(spec.name)\" has shape \(Shape.text((spec.shape ?? []).dropFirst())), which "
          + "\(columns.count) columns do not make up; say which columns it takes")
    }
    return Input(name: spec.name, dataType: spec.dataType, shape: shape, columns: columns)
  }

  /// The shape of a row of so many values; nil if they do not fit.
  private static func rowShape(of spec: TensorSpec, columns: Int) -> [Int]? {
    guard let shape = spec.shape else { return columns == 1 ? [] : [columns] }
    var row = Array(shape.dropFirst())
    let free = row.indices.filter { row[$0] == -1 }
    guard let fixed = Shape.elementCount(row.filter { $0 != -1 }), free.count <= 1, columns > 0 else { return nil }
    guard let axis = free.first else { return fixed == columns ? row : nil }
    guard fixed > 0, columns % fixed == 0 else { return nil }
    row[axis] = columns / fixed
    return row
  }
}

/// The names in the first record of a CSV file.
struct CSVHeader {
  let names: [String]

  init(_ names: [String]) {
    self.names = names
  }

  /// Reads the record.
  ///
  /// Throws ``RowPlanError``.
  init(record: UnsafeRawBufferPointer) throws(RowPlanError) {
    var cells = CSVCells()
    cells.split(record)
    if let fault = cells.fault { throw RowPlanError("CSV_HEADER", "the header cannot be read: \(fault)") }
    var names: [String] = []
    for index in 0..<cells.count {
      guard let name = cells.withCell(index, of: record, { String(validating: $0, as: UTF8.self) }) else {
        throw RowPlanError("CSV_HEADER", "the header cannot be read: cell \(index + 1) is not UTF-8")
      }
      names.append(name)
    }
    self.names = names
  }

  /// The names, as many as fit into a message.
  var list: String {
    let shown = self.names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    return self.names.count > 20 ? "\(shown) and \(self.names.count - 20) more" : shown
  }

  /// The only column of that name.
  func index(of name: String, for purpose: String) throws(RowPlanError) -> Int {
    guard let index = self.names.firstIndex(of: name) else {
      throw RowPlanError("CSV_COLUMNS", "the header has no column \"\(name)\" for \(purpose); it has \(self.list)")
    }
    guard !self.names[(index + 1)...].contains(name) else {
      throw RowPlanError("CSV_COLUMNS", "the header has column \"\(name)\" twice, and it is needed for \(purpose)")
    }
    return index
  }

  /// The column of an input's name, or those of its name with numbers from 0; nil if there are none.
  func columns(named name: String) throws(RowPlanError) -> [Int]? {
    let purpose = "input \"\(name)\""
    if self.names.contains(name) { return [try self.index(of: name, for: purpose)] }
    for style in [{ "\(name)[\($0)]" }, { "\(name)_\($0)" }] as [(Int) -> String] {
      var columns: [Int] = []
      while self.names.contains(style(columns.count)) {
        columns.append(try self.index(of: style(columns.count), for: purpose))
      }
      if !columns.isEmpty { return columns }
    }
    return nil
  }
}
