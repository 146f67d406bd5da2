public import AuguryClient
import QueueCore
import Store

/// Reading what was captured, joined with what turned out to be true.
extension CaptureService {
  /// Bytes of captured data that are read for a page, at least one line.
  private static let pageBytes = 1 << 20

  /// A page of captured predictions.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if nothing was ever captured of the model, `DATA_LOSS` if it cannot
  /// be read.
  public func page(_ query: CaptureQuery) async throws(PredictionError) -> CapturePage {
    self.writeDown()
    guard let writer = self.writer(of: query.model) else {
      throw PredictionError(
        .notFound, reason: "NOT_CAPTURED", message: "no predictions of model \"\(query.model)\" were captured")
    }
    let segments = writer.log.segments.filter { $0.records > 0 }
    let start = UInt64(clamping: query.position?.segment ?? 0)
    guard let segment = segments.first(where: { $0.number >= start }) else { return CapturePage() }
    let isWhereItWas = segment.number == start
    let offset = isWhereItWas ? UInt64(clamping: query.position?.offset ?? 0) : 0
    var page = CapturePage()
    if query.position != nil, !isWhereItWas { page.deletedSegments = Int(clamping: segment.number - start) }
    let isOpen = segment == segments.last
    let bytes = try Self.lines(of: segment, in: writer.folder, from: offset)
    let end = offset + UInt64(bytes.count)
    if !bytes.isEmpty, end < segment.bytes {
      page.next = CapturePosition(segment: Int(clamping: segment.number), offset: Int(clamping: end))
    } else if !isOpen {
      page.next = CapturePosition(segment: Int(clamping: segment.number + 1), offset: 0)
    }
    try await self.fill(&page, from: bytes, query)
    return page
  }

  private func fill(_ page: inout CapturePage, from bytes: [UInt8], _ query: CaptureQuery) async throws(PredictionError)
  {
    var wanted: [(line: ArraySlice<UInt8>, id: PredictionID)] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let head = CaptureRecord.head(of: line) else {
        page.unreadable += 1
        continue
      }
      guard query.version == nil || query.version == head.version, head.time >= query.since ?? 0 else { continue }
      wanted.append((line, head.id))
    }
    let ids = wanted.map(\.id)
    let truth = try await translated { () throws(StoreError) in try await self.store.feedback(about: ids) }
    page.records = wanted.map { CaptureRecord.text(of: $0.line, with: truth[$0.id]) }
  }

  /// Whole lines of a segment from an offset on; empty if there are none.
  private static func lines(
    of segment: CaptureSegment, in folder: SegmentFolder, from offset: UInt64
  ) throws(PredictionError) -> [UInt8] {
    guard offset < segment.bytes else { return [] }
    let rest = Int(clamping: segment.bytes - offset)
    do throws(CaptureFileError) {
      let file = try Self.open(segment, in: folder)
      var most = min(rest, Self.pageBytes)
      while true {
        let bytes = try file.read(at: offset, most: most)
        if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) { return Array(bytes[...end]) }
        guard most < rest else { return bytes }
        most = min(rest, most * 4)
      }
    } catch {
      throw PredictionError(.dataLoss, reason: "CAPTURE_UNREADABLE", message: error.message, cause: error)
    }
  }

  private static func open(
    _ segment: CaptureSegment, in folder: SegmentFolder
  ) throws(CaptureFileError) -> SegmentFile {
    do throws(CaptureFileError) {
      return try SegmentFile(opening: folder.closedPath(segment))
    } catch {
      return try SegmentFile(opening: folder.openPath(segment.number))
    }
  }
}
