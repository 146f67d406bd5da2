import Store
import Tensors

/// Makes rows of JSON Lines of which an id is taken out, or which are joined to the output.
final class ObjectRowMaker: RowMaker {
  private let idField: [UInt8]?
  private let idName: String
  private let join: RowOptions.Join
  private let fields: [(name: String, key: [UInt8])]
  private let labeler: RowLabeler
  private let members = JSONMembers()

  init(_ options: RowOptions) {
    self.idField = options.idField.map { Array($0.utf8) }
    self.idName = options.idField ?? ""
    self.join = options.join
    self.fields = if case .fields(let names) = options.join { names.map { ($0, Array($0.utf8)) } } else { [] }
    self.labeler = RowLabeler(options)
  }

  func make(_ record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    guard self.idField != nil || !self.fields.isEmpty else {
      draft.payload.append(contentsOf: record)
      self.labeler.begin(id: [], to: &draft.lead)
      self.labeler.join(row: record, to: &draft.lead)
      return self.labeler.end(to: &draft.lead)
    }
    do throws(TensorError) {
      guard record.first(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) == UInt8(ascii: "{") else {
        let field = self.idField != nil ? self.idName : self.fields[0].name
        draft.refusal = Refusal("expected an object with \"\(field)\", got another kind of value")
        return
      }
      try self.members.list(record)
    } catch {
      draft.refusal = Refusal(error.message)
      return
    }
    guard let id = self.takeID(of: record, into: &draft) else { return }
    self.makePayload(of: record, without: id, into: &draft)
    self.makeLead(of: record, into: &draft)
  }

  /// The member that names the row, -1 if rows have no names; nil if the row is refused.
  private func takeID(of record: UnsafeRawBufferPointer, into draft: inout RowDraft) -> Int? {
    guard let idField else { return -1 }
    guard let id = self.find(idField, self.idName, into: &draft) else {
      if draft.refusal == nil { draft.refusal = Refusal("the row has no \"\(self.idName)\"") }
      return nil
    }
    let value = UnsafeRawBufferPointer(rebasing: record[self.members.value(id)])
    switch value.first {
    case .some(UInt8(ascii: "\"")), .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
      draft.id.append(contentsOf: value)
      return id
    default:
      draft.refusal = Refusal("\"\(self.idName)\" must be a string or a number")
      return nil
    }
  }

  /// The only member with this key; nil if there is none, or with a refusal if there are several.
  private func find(_ key: [UInt8], _ name: String, into draft: inout RowDraft) -> Int? {
    var found: Int?
    for index in 0..<self.members.count where self.members.hasKey(index, key) {
      guard found == nil else {
        draft.refusal = Refusal("\"\(name)\" is given twice")
        return nil
      }
      found = index
    }
    return found
  }

  private func makePayload(of record: UnsafeRawBufferPointer, without id: Int, into draft: inout RowDraft) {
    guard id >= 0 else {
      draft.payload.append(contentsOf: record)
      return
    }
    draft.payload.append(UInt8(ascii: "{"))
    for index in 0..<self.members.count where index != id {
      if draft.payload.count > 1 { draft.payload.append(UInt8(ascii: ",")) }
      draft.payload.append(contentsOf: record[self.members.text(index)])
    }
    draft.payload.append(UInt8(ascii: "}"))
  }

  private func makeLead(of record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    self.labeler.begin(id: draft.id, to: &draft.lead)
    switch self.join {
    case .nothing: break
    case .row: draft.payload.withUnsafeBytes { self.labeler.join(row: $0, to: &draft.lead) }
    case .fields: self.joinFields(of: record, into: &draft)
    }
    self.labeler.end(to: &draft.lead)
  }

  private func joinFields(of record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    var joined: [UInt8] = [UInt8(ascii: "{")]
    for field in self.fields {
      let index = self.find(field.key, field.name, into: &draft)
      guard draft.refusal == nil else { return }
      if self.labeler.form == .csv {
        let value = index.map {
          RowLabeler.Value.json(UnsafeRawBufferPointer(rebasing: record[self.members.value($0)]))
        }
        self.labeler.appendCell(value, to: &draft.lead)
      } else if let index {
        if joined.count > 1 { joined.append(UInt8(ascii: ",")) }
        joined.append(contentsOf: record[self.members.text(index)])
      }
    }
    guard self.labeler.form == .json else { return }
    joined.append(UInt8(ascii: "}"))
    joined.withUnsafeBytes { self.labeler.join(row: $0, to: &draft.lead) }
  }
}
