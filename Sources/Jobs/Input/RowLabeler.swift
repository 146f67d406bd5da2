import Store
import Tensors

/// Writes what stands before a row's prediction in the output: what names the row, and what of it is joined.
struct RowLabeler {
  /// A value of a row.
  enum Value {
    case json(UnsafeRawBufferPointer)
    case text(UnsafeRawBufferPointer)
  }

  /// How it is written.
  enum Form {
    /// `{"id":1,"input":{…},"prediction":`, to be followed by the prediction and a brace.
    case json
    /// Cells, each followed by a comma.
    case csv
    /// Not at all.
    case none
  }

  let form: Form
  private let idKey: [UInt8]?

  init(_ options: RowOptions) {
    let hasLabels = options.idField != nil || options.join != .nothing
    switch options.outputFormat {
    case .jsonLines: self.form = hasLabels ? .json : .none
    case .csv: self.form = .csv
    case .npy: self.form = .none
    }
    self.idKey = options.idField.map { JSONText.string($0) + [UInt8(ascii: ":")] }
  }

  /// Appends what comes before the joined part. `id` is JSON, as it goes to the errors file, too.
  func begin(id: [UInt8], to lead: inout [UInt8]) {
    switch self.form {
    case .none: break
    case .json:
      lead.append(UInt8(ascii: "{"))
      if let idKey {
        lead += idKey
        lead += id
        lead.append(UInt8(ascii: ","))
      }
    case .csv:
      if self.idKey != nil { id.withUnsafeBytes { self.appendCell(.json($0), to: &lead) } }
    }
  }

  /// Appends the whole row as what is joined.
  func join(row: UnsafeRawBufferPointer, to lead: inout [UInt8]) {
    switch self.form {
    case .none: break
    case .json:
      lead += Array("\"input\":".utf8)
      lead.append(contentsOf: row)
      lead.append(UInt8(ascii: ","))
    case .csv: self.appendCell(.json(row), to: &lead)
    }
  }

  /// Appends what comes after the joined part.
  func end(to lead: inout [UInt8]) {
    if self.form == .json { lead += Array("\"prediction\":".utf8) }
  }

  /// Appends one cell of CSV and a comma; of JSON strings what they say, of other JSON its text.
  func appendCell(_ value: Value?, to lead: inout [UInt8]) {
    switch value {
    case nil: break
    case .json(let json): CSVText.append(json: json, to: &lead)
    case .text(let text): CSVText.append(text, to: &lead)
    }
    lead.append(UInt8(ascii: ","))
  }
}
