import AuguryClient
import QueueCore
import Store
import Tensors
import ZeroMQ

@testable import Jobs

/// What a plan makes of an input: the rows as they are sent, and what is kept of them.
struct ReadInput: Equatable {
  var sent: [String] = []
  /// By row, from 1.
  var refused: [UInt64: String] = [:]
  var ids: [String] = []
  var leads: [String] = []
  var offsets: [UInt64] = []
  var lines: [UInt64] = []
  var endOffset: UInt64 = 0
  var chunkEnds: [(offset: UInt64, line: UInt64, rows: UInt64)] = []

  static func == (left: ReadInput, right: ReadInput) -> Bool {
    left.sent == right.sent && left.refused == right.refused && left.ids == right.ids && left.leads == right.leads
      && left.offsets == right.offsets && left.lines == right.lines && left.endOffset == right.endOffset
      && left.chunkEnds.map(\.offset) == right.chunkEnds.map(\.offset)
  }
}

/// Reads inputs as a job would.
struct FormatBench {
  let folder = TemporaryFolder()
  var options = RowOptions()
  var signature = Signature(
    inputs: [TensorSpec(name: "X", dataType: .fp32, shape: [-1, 2])],
    outputs: [
      TensorSpec(name: "label", dataType: .int64, shape: [-1]),
      TensorSpec(name: "probabilities", dataType: .fp32, shape: [-1, 2]),
    ])
  var rowLimit = 100
  var byteLimit = 1000
  var blockBytes = 1 << 20

  init(_ change: (inout RowOptions) -> Void = { _ in }) {
    change(&self.options)
  }

  func plan(_ bytes: [UInt8]) throws -> (plan: RowPlan, path: String) {
    let path = try self.folder.write("in", bytes)
    let file = try OpenFile.forReading(path)
    let source: any ByteSource =
      self.options.isCompressed
      ? try GzipSource(file, size: UInt64(bytes.count)) : PlainSource(file, size: UInt64(bytes.count))
    let plan = try RowPlan(
      self.options, signature: self.signature, reading: source, path: path, byteLimit: self.byteLimit,
      blockBytes: self.blockBytes)
    return (plan, path)
  }

  func read(
    _ bytes: [UInt8], from checkpoint: JobCheckpoint = .start, selection: RowSelection? = nil
  ) throws -> ReadInput {
    let (plan, path) = try self.plan(bytes)
    let reader = try ChunkReader(
      plan.input, path: path, from: checkpoint, rowLimit: self.rowLimit, byteLimit: self.byteLimit,
      selection: selection)
    var input = ReadInput()
    var rows = checkpoint.rows
    while true {
      switch try reader.next() {
      case .more: continue
      case .end(let offset, _):
        input.endOffset = offset
        return input
      case .chunk(let chunk):
        let payload = chunk.payload?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } ?? ""
        input.sent += payload.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map {
          String($0) ?? "?"
        }
        for refused in chunk.refusals { input.refused[chunk.rows[refused.row].number] = refused.refusal.message }
        for row in chunk.rows.indices {
          input.ids.append(String(decoding: chunk.labels.id(row), as: UTF8.self))
          input.leads.append(String(decoding: chunk.labels.lead(row), as: UTF8.self))
        }
        input.offsets += chunk.rows.map(\.offset)
        input.lines += chunk.rows.map(\.line)
        rows += UInt64(chunk.rows.count)
        input.chunkEnds.append((chunk.endOffset, chunk.endLine, rows))
      }
    }
  }

  func read(_ text: String) throws -> ReadInput { try self.read(Array(text.utf8)) }

  /// Why the input is refused as a whole; nil if it is not.
  func refusal(of bytes: [UInt8]) -> RowPlanError? {
    do {
      _ = try self.plan(bytes)
      return nil
    } catch InputError.refused(let error) {
      return error
    } catch {
      return RowPlanError("OTHER", "\(error)")
    }
  }

  func refusal(of text: String) -> RowPlanError? { self.refusal(of: Array(text.utf8)) }

  /// What the output holds for predictions of rows without labels.
  func write(_ predictions: [String], leads: [String] = [], plan: RowPlan) throws -> String {
    var output = plan.head
    for (index, prediction) in predictions.enumerated() {
      let lead = index < leads.count ? Array(leads[index].utf8) : []
      try Array(prediction.utf8).withUnsafeBytes { try plan.writer?.append($0, lead: lead[...], to: &output) }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
