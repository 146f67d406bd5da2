import Tensors

/// Writes the rows of one output as a NumPy array.
final class NPYWriter: PredictionWriter {
  private let selection: OutputSelection
  private let parser: JSONTensorParser
  private let rowBytes: Int
  private let members = JSONMembers()
  /// The header, with no row counted.
  let head: [UInt8]

  /// Throws ``RowPlanError`` for several outputs, and for one whose rows have no fixed shape or no type of NumPy's.
  init(_ selection: OutputSelection) throws(RowPlanError) {
    guard selection.specs.count == 1, let spec = selection.specs.first else {
      throw RowPlanError(
        "NPY_OUTPUT", "NPY output holds one output of the model; choose one of \(selection.specs.count)")
    }
    guard let shape = spec.shape.map({ Array($0.dropFirst()) }), !shape.contains(-1),
      let rowBytes = Shape.byteCount(shape, of: spec.dataType), let descr = NPYHeader.descr(of: spec.dataType)
    else {
      throw RowPlanError("NPY_OUTPUT", "output \(spec) cannot be NPY: its rows must be numbers of one fixed shape")
    }
    self.selection = selection
    self.rowBytes = rowBytes
    let row = TensorSpec(name: spec.name, dataType: spec.dataType, shape: [-1] + shape)
    do throws(TensorError) {
      self.parser = try JSONTensorParser(signature: Signature(inputs: [row], outputs: []))
    } catch {
      throw RowPlanError("NPY_OUTPUT", error.message)
    }
    self.head = NPYText.header(descr: descr, rows: 0, rowShape: shape)
  }

  func append(
    _ prediction: UnsafeRawBufferPointer, lead: ArraySlice<UInt8>, to output: inout [UInt8]
  ) throws(AnswerFault) {
    let values = try self.selection.values(in: prediction, self.members)
    let json = UnsafeRawBufferPointer(rebasing: prediction[values[0]])
    let lines: TensorLines
    do throws(TensorError) {
      lines = try self.parser.parseLines(RawSpan(_unsafeBytes: json))
    } catch {
      throw AnswerFault(message: "the worker answered a prediction that cannot be read: \(error.message)")
    }
    guard lines.rejected.isEmpty, lines.groups.count == 1, let tensor = lines.groups[0].inputs.first,
      tensor.buffer.count == self.rowBytes
    else {
      let reason = lines.rejected.first?.error.message ?? "its shape is not the model's"
      throw AnswerFault(message: "the worker answered a prediction that is not what its model says: \(reason)")
    }
    tensor.buffer.withUnsafeBytes { output.append(contentsOf: $0) }
  }
}

/// Heads of NumPy array files.
enum NPYText {
  /// The longest number of rows takes as many digits; the header keeps room for them.
  private static let rowDigits = 20

  /// A header of format 1.0, whose length does not depend on the number of rows.
  static func header(descr: String, rows: UInt64, rowShape: [Int]) -> [UInt8] {
    let dimensions = rowShape.isEmpty ? "," : rowShape.map { ", \($0)" }.joined()
    let count = String(rows)
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(count)\(dimensions)), }"
    text += String(repeating: " ", count: Self.rowDigits - count.utf8.count)
    // NumPy aligns what follows the header to 64 bytes; the header ends with a line feed.
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    text += String(repeating: " ", count: length - 1 - text.utf8.count) + "\n"
    return NPYHeader.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}

extension OpenFile {
  /// Says in the header of a NumPy array file how many rows there are. The header keeps its length.
  ///
  /// Throws ``FileError``.
  func setArrayRows(_ rows: UInt64) throws(FileError) {
    var start = [UInt8](repeating: 0, count: 1 << 12)
    let count = try start.withUnsafeMutableBufferPointer { buffer throws(FileError) in
      try self.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
    }
    let header: NPYHeader
    do throws(RowPlanError) {
      header = try start.withBytes { bytes throws(RowPlanError) in
        try NPYHeader(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
    } catch {
      throw FileError(operation: "complete", path: self.path, detail: error.message)
    }
    guard let descr = NPYHeader.descr(of: header.dataType) else {
      throw FileError(operation: "complete", path: self.path, detail: "it holds \(header.dataType)")
    }
    let text = NPYText.header(descr: descr, rows: rows, rowShape: header.rowShape)
    guard text.count == header.dataStart else {
      throw FileError(
        operation: "complete", path: self.path, detail: "its header has \(header.dataStart) bytes, not \(text.count)")
    }
    try text.withBytes { bytes throws(FileError) in try self.write(bytes, at: 0) }
  }
}
