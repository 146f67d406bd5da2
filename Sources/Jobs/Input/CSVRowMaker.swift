import Store
import Tensors

/// Makes JSON rows, typed by the model's signature, of records of CSV.
final class CSVRowMaker: RowMaker {
  private let columns: CSVColumns
  private let labeler: RowLabeler
  private let isRowJoined: Bool
  /// `"name":` of each input; none if there is one input only.
  private let inputKeys: [[UInt8]]
  private let columnKeys: [[UInt8]]
  private var cells = CSVCells()

  init(_ columns: CSVColumns, options: RowOptions) {
    self.columns = columns
    self.labeler = RowLabeler(options)
    self.isRowJoined = options.join != .nothing
    self.inputKeys = columns.inputs.count == 1 ? [] : columns.inputs.map { Self.key($0.name) }
    self.columnKeys = columns.names.map(Self.key)
  }

  private static func key(_ name: String) -> [UInt8] { JSONText.string(name) + [UInt8(ascii: ":")] }

  func make(_ record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    self.cells.split(record)
    if let fault = self.cells.fault {
      draft.refusal = Refusal(fault)
      return
    }
    guard self.cells.count == self.columns.names.count else {
      draft.refusal = Refusal("the record has \(self.cells.count) cells, the header has \(self.columns.names.count)")
      return
    }
    if let id = self.columns.id {
      self.append(text: id, of: record, to: \.id, of: &draft)
      if draft.refusal == nil, draft.id.count == 2 { self.refuse(id, of: record, "the id is empty", &draft) }
    }
    self.makePayload(of: record, into: &draft)
    self.makeLead(of: record, into: &draft)
  }

  private func makePayload(of record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    guard draft.refusal == nil else { return }
    if !self.inputKeys.isEmpty { draft.payload.append(UInt8(ascii: "{")) }
    for (index, input) in self.columns.inputs.enumerated() where draft.refusal == nil {
      if !self.inputKeys.isEmpty {
        if index > 0 { draft.payload.append(UInt8(ascii: ",")) }
        draft.payload += self.inputKeys[index]
      }
      var next = 0
      self.append(input, shape: input.shape[...], next: &next, of: record, to: &draft)
    }
    if !self.inputKeys.isEmpty { draft.payload.append(UInt8(ascii: "}")) }
  }

  private func append(
    _ input: CSVColumns.Input, shape: ArraySlice<Int>, next: inout Int, of record: UnsafeRawBufferPointer,
    to draft: inout RowDraft
  ) {
    guard let length = shape.first else {
      if draft.refusal == nil { self.append(input.columns[next], as: input.dataType, of: record, to: &draft) }
      next += 1
      return
    }
    draft.payload.append(UInt8(ascii: "["))
    for index in 0..<length {
      if index > 0 { draft.payload.append(UInt8(ascii: ",")) }
      self.append(input, shape: shape.dropFirst(), next: &next, of: record, to: &draft)
    }
    draft.payload.append(UInt8(ascii: "]"))
  }

  private func append(
    _ column: Int, as dataType: DataType, of record: UnsafeRawBufferPointer, to draft: inout RowDraft
  ) {
    switch dataType {
    case .bytes: self.append(text: column, of: record, to: \.payload, of: &draft)
    case .bool:
      if !self.cells.withCell(column, of: record, { CSVNumber.appendBool($0, to: &draft.payload) }) {
        self.refuse(column, of: record, "is not true, false, 1 or 0", &draft)
      }
    case .fp16, .bf16, .fp32, .fp64, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64:
      let isFloat = [.fp16, .bf16, .fp32, .fp64].contains(dataType)
      let isNumber = self.cells.withCell(column, of: record) {
        CSVNumber.append($0, allowsSpecials: isFloat, to: &draft.payload)
      }
      if !isNumber { self.refuse(column, of: record, "is not a number", &draft) }
    }
  }

  private func append(
    text column: Int, of record: UnsafeRawBufferPointer, to place: WritableKeyPath<RowDraft, [UInt8]>,
    of draft: inout RowDraft
  ) {
    let isText = self.cells.withCell(column, of: record) { JSONText.append(string: $0, to: &draft[keyPath: place]) }
    if !isText { draft.refusal = Refusal("column \"\(self.columns.names[column])\" is not UTF-8") }
  }

  /// Refuses the row for one cell of it.
  private func refuse(_ column: Int, of record: UnsafeRawBufferPointer, _ what: String, _ draft: inout RowDraft) {
    let cell = self.cells.withCell(column, of: record) { String(decoding: $0.prefix(40), as: UTF8.self) }
    let name = self.columns.names[column]
    draft.refusal = Refusal(
      cell.isEmpty ? "column \"\(name)\" is empty, expected a value" : "column \"\(name)\": \"\(cell)\" \(what)")
  }

  private func makeLead(of record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    guard draft.refusal == nil else { return }
    self.labeler.begin(id: draft.id, to: &draft.lead)
    if self.isRowJoined {
      switch self.labeler.form {
      case .none: break
      case .csv:
        for column in self.columns.joined {
          self.cells.withCell(column, of: record) { self.labeler.appendCell(.text($0), to: &draft.lead) }
        }
      case .json:
        var joined: [UInt8] = [UInt8(ascii: "{")]
        for (index, column) in self.columns.joined.enumerated() {
          if index > 0 { joined.append(UInt8(ascii: ",")) }
          joined += self.columnKeys[column]
          guard self.cells.withCell(column, of: record, { JSONText.append(string: $0, to: &joined) }) else {
            draft.refusal = Refusal("column \"\(self.columns.names[column])\" is not UTF-8")
            return
          }
        }
        joined.append(UInt8(ascii: "}"))
        joined.withUnsafeBytes { self.labeler.join(row: $0, to: &draft.lead) }
      }
    }
    self.labeler.end(to: &draft.lead)
  }
}
