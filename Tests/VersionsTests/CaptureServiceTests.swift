import AuguryClient
import FoundationEssentials
import Glibc
import QueueCore
import Store
import Testing
import ZeroMQ

@testable import Versions

/// Predictions that are captured in files, and read again with the truth beside them.
struct CaptureServiceTests {
  /// A record as whoever retrains would read it.
  struct Record: Decodable {
    struct Content: Decodable {
      var contentType: String
      var content: [String: [Int]]?
      var parts: [String]?

      enum CodingKeys: String, CodingKey {
        case contentType = "content_type"
        case content
        case parts
      }
    }

    struct Failure: Decodable, Equatable {
      var reason: String
      var message: String
    }

    var time: Double
    var id: String
    var model: String
    var version: String
    var epoch: Int
    var status: String
    var probability: Double
    var input: Content
    var output: Content?
    var error: Failure?
    var truth: [String]?
  }

  @Test func contentThatIsJSONStandsAsItIsAndAllElseAsBase64() async throws {
    let bench = try CaptureBench()
    let service = try bench.service()
    _ = try await service.set(CaptureSettings(model: "m", share: 0.25))
    #expect(bench.loop.samplers["m"]?.probability == 0.25)
    try bench.answer(1, input: (.json, ["{\"instances\":\n [1,2]}"]), output: (.json, [#"{"predictions":[3,4]}"#]))
    try bench.answer(2, input: (.tensors, ["{}", "\u{0}\n"]), output: (.octets, [""]))
    try bench.answer(3, input: (.json, ["{\"instances\": nonsense}"]), output: (.json, ["{}"]))
    let detail = ErrorDetail(reason: "WRONG_\"SHAPE\"", message: "two\nlines")
    try bench.answer(4, status: .invalidArgument, input: (.json, ["{}"]), frames: [detail.encoded])
    let records = try await bench.export(service)
    try #require(records.map(\.id) == (1...4).map { PredictionID($0).description })
    #expect(
      records[0].input.content == ["instances": [1, 2]] && records[0].output?.content == ["predictions": [3, 4]])
    #expect(records[0].input.contentType == "application/json" && records[0].probability == 0.25)
    #expect(records[0].version == "2" && records[0].epoch == 7 && records[0].status == "OK" && records[0].time > 1e9)
    #expect(records[1].input.parts == ["e30=", "AAo="] && records[1].output?.parts == [""])
    #expect(records[2].input.content == nil && records[2].input.parts?.count == 1)
    #expect(records[3].status == "INVALID_ARGUMENT" && records[3].output == nil)
    #expect(records[3].error == Record.Failure(reason: "WRONG_\"SHAPE\"", message: "two\nlines"))
  }

  @Test func exportJoinsTheTruthAndKeepsToVersionAndTime() async throws {
    let bench = try CaptureBench()
    let service = try bench.service()
    _ = try await service.set(CaptureSettings(model: "m", share: 1, maximumBytes: 1 << 20, segmentBytes: 700))
    for number in 1...9 as ClosedRange<UInt64> {
      try bench.answer(number, version: number % 3 == 0 ? "3" : "2")
    }
    let prediction = RememberedPrediction(
      id: PredictionID(5), model: "m", version: "2", epoch: 7, values: [.label("a"), .label("b")], madeAt: 1)
    _ = try await bench.store.give([
      GivenFeedback(prediction: prediction, truth: [.label("b"), .label("\"")], givenAt: 2)
    ])
    let records = try await bench.export(service)
    #expect(records.count == 9)
    #expect(records.filter { $0.truth != nil }.map(\.id) == [PredictionID(5).description])
    #expect(records[4].truth == ["b", "\""])
    #expect(await service.status().models[0].segments > 2)
    let third = try await bench.export(service, CaptureQuery(model: "m", version: "3"))
    #expect(third.map(\.version) == ["3", "3", "3"])
    let late = try await bench.export(service, CaptureQuery(model: "m", since: records[0].time + 1000))
    #expect(late.isEmpty)
  }

  @Test func theOldestSegmentsGoAndTheirRecordsAreCounted() async throws {
    let bench = try CaptureBench()
    let service = try bench.service()
    _ = try await service.set(CaptureSettings(model: "m", share: 1, maximumBytes: 2000, segmentBytes: 700))
    for number in 1...50 as ClosedRange<UInt64> { try bench.answer(number) }
    let status = try #require(await service.status().models.first)
    #expect(status.bytes <= 2000 && status.records > 0 && status.written == 50)
    #expect(status.dropped == ["segment_deleted": 50 - status.records])
    let records = try await bench.export(service)
    #expect(records.map(\.id) == (51 - status.records...50).map { PredictionID(UInt64($0)).description })
    let files = try FileManager.default.contentsOfDirectory(atPath: bench.modelFolder)
    #expect(files.count == status.segments)
  }

  @Test func whatHasNoRoomIsCountedByReason() async throws {
    let bench = try CaptureBench(
      inbox: CaptureInbox(maximumRecords: 2, maximumBytes: 1000, maximumRecordBytes: 500))
    let service = try bench.service()
    _ = try await service.set(CaptureSettings(model: "m", share: 1, maximumBytes: 1 << 20, segmentBytes: 600))
    #expect(try bench.answer(1, input: (.octets, [String(repeating: "x", count: 501)])) == false)
    #expect(try bench.answer(2, input: (.octets, [String(repeating: "x", count: 450)])))
    #expect(try bench.answer(3))
    #expect(try bench.answer(4) == false)
    let status = try #require(await service.status().models.first)
    #expect(status.dropped == ["record_too_large": 2, "queue_full": 1], "Base64 makes the second one too long")
    #expect(status.written == 1)
    #expect(try bench.answer(5), "there is room again")
  }

  @Test func aFolderThatCannotBeWrittenCostsRecordsAndIsSaidOnce() async throws {
    let bench = try CaptureBench()
    try Data().write(to: URL(filePath: bench.folder + "/capture"))
    let service = try bench.service()
    _ = try await service.set(CaptureSettings(model: "m", share: 1))
    for number in 1...5 as ClosedRange<UInt64> { try bench.answer(number) }
    #expect(await service.status().models.first?.dropped == ["write_failed": 5])
    #expect(bench.loop.warnings.count == 1 && bench.loop.warnings[0].contains(bench.folder))
    try FileManager.default.removeItem(atPath: bench.folder + "/capture")
    try bench.answer(6)
    #expect(try await bench.export(service).map(\.id) == [PredictionID(6).description])
  }

  @Test(arguments: ["{\"time\":1,\"id", "{\"time\":1}\u{0}\n", "\u{0}\u{0}\n\u{0}\u{0}"])
  func aTornEndIsCutAtTheNextStart(tail: String) async throws {
    let bench = try CaptureBench()
    let first = try bench.service()
    _ = try await first.set(CaptureSettings(model: "m", share: 0.5))
    for number in 1...3 as ClosedRange<UInt64> { try bench.answer(number) }
    _ = await first.status()
    let open = try #require(try FileManager.default.contentsOfDirectory(atPath: bench.modelFolder).first)
    #expect(open.hasSuffix(".open.jsonl"))
    let handle = try #require(fopen("\(bench.modelFolder)/\(open)", "a"))
    fwrite(tail, 1, tail.utf8.count, handle)
    fclose(handle)

    let again = try bench.service(settings: try await bench.store.captures())
    let status = try #require(await again.status().models.first)
    #expect(status.records == 3 && status.tornLines == tail.split(separator: "\n").count)
    #expect(status.settings?.share == 0.5)
    #expect(bench.loop.warnings.count == 1)
    try bench.answer(4)
    #expect(try await bench.export(again).map(\.id) == (1...4).map { PredictionID($0).description })
    await again.finish()
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.modelFolder).sorted()
    #expect(names == ["000000000001-3.jsonl", "000000000002-1.jsonl"])
  }

  @Test func settingsThatMakeNoSenseAreRefused() async throws {
    let bench = try CaptureBench()
    let service = try bench.service()
    for settings in [
      CaptureSettings(model: "a/b", share: 1), CaptureSettings(model: "m", share: 0),
      CaptureSettings(model: "m", share: 1.1), CaptureSettings(model: "m", share: .nan),
      CaptureSettings(model: "m", share: 1, maximumBytes: -1), CaptureSettings(model: "m", share: 1, segmentBytes: 0),
      CaptureSettings(model: "m", share: 1, maximumBytes: 100, segmentBytes: 51),
      CaptureSettings(model: "m", share: 1, segmentSeconds: 0),
    ] {
      let error = await failure { _ = try await service.set(settings) }
      #expect(error?.code == .invalidArgument, "\(settings)")
    }
    #expect(await failure { _ = try await service.stop(ModelFilter(model: "m")) }?.code == .notFound)
    #expect(await failure { _ = try await service.page(CaptureQuery(model: "m")) }?.code == .notFound)
    #expect(bench.loop.samplers.isEmpty)
    #expect(try await bench.store.captures().isEmpty)
  }

  @Test func afterTheEndOfACaptureItsDataStays() async throws {
    let bench = try CaptureBench()
    let service = try bench.service()
    _ = try await service.set(CaptureSettings(model: ".m", share: 1))
    try bench.answer(1, model: ".m")
    _ = try await service.stop(ModelFilter(model: ".m"))
    #expect(bench.loop.samplers.isEmpty)
    let again = try bench.service(settings: try await bench.store.captures())
    let status = try #require(await again.status().models.first)
    #expect(status.model == ".m" && status.settings == nil && status.records == 1)
    #expect(try await bench.export(again, CaptureQuery(model: ".m")).count == 1)
  }
}

/// A capture in a folder of its own, gone with the last reference to it.
final class CaptureBench: Sendable {
  let folder: String
  let store: SQLiteStore
  let loop = FakeLoop()
  let inbox: CaptureInbox

  var modelFolder: String { "\(self.folder)/capture/m" }

  init(inbox: CaptureInbox? = nil) throws {
    self.inbox = if let inbox { inbox } else { try CaptureInbox() }
    var template = Array("/tmp/augury-capture-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } }
    self.folder = String(cString: try #require(made))
    self.store = try SQLiteStore(dataDirectory: self.folder)
  }

  deinit {
    try? self.store.close()
    try? FileManager.default.removeItem(atPath: self.folder)
  }

  /// The service as a broker would start it.
  func service(settings: [CaptureSetting] = []) throws -> CaptureService {
    CaptureService(
      store: self.store, cluster: self.loop, folder: "\(self.folder)/capture",
      start: try CaptureStart(settings: settings, inbox: self.inbox))
  }

  /// Leaves a prediction as the loop would; false if there was no room.
  @discardableResult
  func answer(
    _ number: UInt64, model: String = "m", version: String = "2", status: StatusCode = .ok,
    input: (ContentType, [String]) = (.json, [#"{"instances":[1]}"#]),
    output: (ContentType, [String]) = (.json, [#"{"predictions":[1]}"#]), frames: [[UInt8]]? = nil
  ) throws -> Bool {
    let asked = try input.1.map { try Frame(copying: Array($0.utf8).span.bytes) }
    let answered = try (frames ?? output.1.map { Array($0.utf8) }).map { try Frame(copying: $0.span.bytes) }
    let bytes = UInt64((asked + answered).reduce(0) { $0 + $1.byteCount })
    guard self.inbox.takes(bytes: bytes, of: model) else { return false }
    self.inbox.put(
      CapturedPrediction(
        id: PredictionID(number), model: model, version: version, epoch: 7, status: status, probability: 0.25,
        input: CapturedContent(contentType: input.0, parts: asked),
        output: CapturedContent(contentType: frames == nil ? output.0 : .octets, parts: answered), bytes: bytes))
    return true
  }

  /// All pages of an export.
  func export(
    _ service: CaptureService, _ query: CaptureQuery = CaptureQuery(model: "m")
  ) async throws -> [CaptureServiceTests.Record] {
    var query = query
    var records: [CaptureServiceTests.Record] = []
    repeat {
      let page = try await service.page(query)
      #expect(page.unreadable == 0 && page.deletedSegments == 0)
      records += try page.records.map {
        try JSONDecoder().decode(CaptureServiceTests.Record.self, from: Data($0.utf8))
      }
      query.position = page.next
    } while query.position != nil
    return records
  }
}
