import QueueCore
import ZeroMQ

/// Cuts an input into chunks of rows.
///
/// A chunk ends when it has its number of rows, or before a row that would make it larger than a request may be. Rows
/// that cannot be sent, such as one that alone is larger than that, are rows of a chunk like others, but for their
/// bytes. So where a chunk ends depends on what follows its beginning and on nothing else, and memory is the same
/// whatever the input's size.
final class ChunkReader {
  enum Found {
    case chunk(InputChunk)
    /// There are no further rows; the input ends here.
    case end(offset: UInt64, line: UInt64)
    /// Much was read and no chunk is complete. Ask again, after looking at what else there is to do.
    case more
  }

  /// Blocks that one call reads before it answers ``Found/more``.
  static let blocksPerCall = 16

  private let window: InputWindow
  private let path: String
  private let rowLimit: Int
  private let byteLimit: Int
  private var cutter: any RecordCutter
  /// Makes of records what is sent; nil if they are sent as they are.
  private let maker: (any RowMaker)?
  /// The rows that are wanted; nil for all.
  private let selection: RowSelection?
  private var selected: SelectedRow?
  /// Where the next record is, after so many lines, if the window has still to go there.
  private var goal: (place: Int, lines: UInt64)?
  /// Rows before the next one.
  private var rows: UInt64
  private var builder: ChunkBuilder
  private var draft = RowDraft()
  /// A record that had no room in the chunk before.
  private var pending: Record?

  /// Reads what the plan says, from the checkpoint on; with a selection, whose rows the checkpoint counts, only those.
  ///
  /// Throws ``InputError``.
  init(
    _ plan: InputPlan, path: String, from checkpoint: JobCheckpoint, rowLimit: Int, byteLimit: Int,
    selection: RowSelection? = nil
  ) throws(InputError) {
    precondition(rowLimit > 0 && byteLimit > 1, "A chunk must have room for a row")
    self.window = plan.window
    self.cutter = plan.cutter
    self.maker = plan.maker
    self.path = path
    self.rowLimit = rowLimit
    self.byteLimit = byteLimit
    self.selection = selection
    self.builder = ChunkBuilder(keepsLabels: plan.maker != nil)
    self.rows = checkpoint.rows
    if selection == nil, checkpoint.inputOffset > UInt64(plan.cutter.place) {
      try self.aim(at: checkpoint.inputOffset, lines: checkpoint.lines)
    }
  }

  /// Finds the next chunk.
  ///
  /// Throws ``InputError``, also if the file has become shorter.
  func next() throws(InputError) -> Found {
    if let record = self.pending {
      self.pending = nil
      if let chunk = try self.take(record) { return .chunk(chunk) }
    }
    var blocks = 0
    while true {
      guard try self.select() else { return try self.ended() }
      guard try self.reachGoal() else { return .more }
      if let chunk = try self.takePlainLines() { return .chunk(chunk) }
      switch self.cutter.next(in: self.window) {
      case .record(let record):
        if let chunk = try self.take(record) { return .chunk(chunk) }
      case .needsBytes(let kept):
        guard blocks < Self.blocksPerCall else { return .more }
        blocks += 1
        self.builder.leave(self.window)
        try self.window.read(keeping: kept)
      case .end:
        if let selected { throw self.misfit(selected) }
        return try self.ended()
      case .damaged(let what): throw .damaged(path: self.path, what)
      }
    }
  }

  private func ended() throws(InputError) -> Found {
    guard self.builder.isEmpty else {
      return .chunk(try self.finishChunk(at: self.cutter.place, line: self.cutter.lines))
    }
    return .end(offset: UInt64(self.cutter.place), line: self.cutter.lines)
  }

  // MARK: Some rows only

  /// Sees to it that the next record is one that is wanted; false if there is none any more.
  private func select() throws(InputError) -> Bool {
    guard let selection = self.selection, self.selected == nil else { return true }
    guard let row = try selection.next() else { return false }
    self.selected = row
    self.rows = row.number - 1
    if row.offset != UInt64(self.cutter.place) { try self.aim(at: row.offset, lines: row.line - 1) }
    return true
  }

  private func aim(at offset: UInt64, lines: UInt64) throws(InputError) {
    guard let place = Int(exactly: offset) else { throw .changed(path: self.path, "it has no byte \(offset)") }
    self.goal = (place, lines)
  }

  /// Goes to the goal if there is one; false if it is not reached yet.
  private func reachGoal() throws(InputError) -> Bool {
    guard let goal else { return true }
    self.builder.leave(self.window)
    guard try self.window.jump(to: goal.place) else { return false }
    self.cutter.jump(to: goal.place, lines: goal.lines)
    self.goal = nil
    return true
  }

  private func misfit(_ row: SelectedRow) -> InputError {
    .changed(path: self.path, "row \(row.number) of the errors file is not at byte \(row.offset)")
  }

  // MARK: Rows

  /// Takes lines that nothing is special about, as many as there are; the others are taken one by one.
  private func takePlainLines() throws(InputError) -> InputChunk? {
    guard self.maker == nil, self.selection == nil, var cutter = self.cutter as? TextCutter, cutter.isBeforeLine else {
      return nil
    }
    let place = cutter.place
    let added = self.builder.addLines(
      self.window.bytes(place..<self.window.end), from: place, after: self.rows, lines: cutter.lines,
      rowLimit: self.rowLimit, byteLimit: self.byteLimit)
    guard added.rows > 0 else { return nil }
    self.rows += UInt64(added.rows)
    cutter.jump(to: place + added.bytes, lines: cutter.lines + UInt64(added.rows))
    self.cutter = cutter
    guard self.builder.rows.count == self.rowLimit else { return nil }
    return try self.finishChunk(at: cutter.place, line: cutter.lines)
  }

  /// Takes a record, unless the chunk must end before it: then it is left for the next call.
  private func take(_ record: Record) throws(InputError) -> InputChunk? {
    if let selected, selected.offset != UInt64(record.start) { throw self.misfit(selected) }
    var cost = record.content.count + 1
    if self.maker != nil || self.draft.refusal != nil { self.draft.removeAll() }
    if let bytes = record.overlongBytes {
      self.draft.refusal = .tooLong(bytes, limit: self.byteLimit)
    } else if cost > self.byteLimit {
      self.draft.refusal = .tooLong(UInt64(record.content.count), limit: self.byteLimit)
    } else if let maker {
      maker.make(self.window.bytes(record.content), into: &self.draft)
      cost = max(cost, self.draft.payload.count + 1)
      if self.draft.refusal == nil, cost > self.byteLimit {
        self.draft.refusal = .tooLong(UInt64(self.draft.payload.count), limit: self.byteLimit, as: " as JSON")
      }
    }
    let number = self.rows + 1
    if let refusal = self.draft.refusal {
      self.builder.add(record, number: number, refused: refusal, id: self.draft.id)
    } else if !self.builder.isEmpty, self.builder.cost + cost > self.byteLimit {
      self.pending = record
      return try self.finishChunk(at: record.start, line: record.line - 1)
    } else if self.maker != nil {
      self.builder.add(record, number: number, made: self.draft, cost: cost)
    } else {
      self.builder.add(record, number: number, cost: cost)
    }
    self.rows = number
    self.selected = nil
    return self.builder.rows.count == self.rowLimit
      ? try self.finishChunk(at: record.end, line: record.endLine) : nil
  }

  private func finishChunk(at end: Int, line: UInt64) throws(InputError) -> InputChunk {
    let payload: Frame?
    do throws(ZMQError) {
      payload = try self.builder.payload(from: self.window)
    } catch {
      throw .noMemory(bytes: self.builder.payloadBytes, error)
    }
    // Blank lines that were passed over since the last row belong to this chunk.
    let chunk = InputChunk(
      rows: self.builder.rows, refusals: self.builder.refusals, labels: self.builder.labels, payload: payload,
      endOffset: UInt64(end), endLine: line, filePosition: self.window.filePosition)
    self.builder = ChunkBuilder(keepsLabels: self.maker != nil)
    return chunk
  }
}
