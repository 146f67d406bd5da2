import AuguryClient
import QueueCore
import Store
import Tensors
import Testing

@testable import Jobs

/// In every format: a job whose process dies again and again ends with the bytes of one that was left alone.
struct FormatCrashTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let type: DataType
    let options: RowOptions
    let input: @Sendable () -> [UInt8]

    init(
      _ name: String, _ type: DataType, _ input: @escaping @Sendable () -> [UInt8],
      _ change: (inout RowOptions) -> Void
    ) {
      self.testDescription = name
      self.type = type
      self.input = input
      var options = RowOptions()
      change(&options)
      self.options = options
    }
  }

  private static let count = 2000

  /// Some rows end their worker, fail the model, or are bad.
  private static func text(_ row: Int) -> String {
    switch row {
    case let row where row % 397 == 5: "poison \(row)"
    case let row where row % 501 == 7: "fault \(row)"
    case let row where row % 61 == 3: "bad \(row)"
    default: "row \(row)"
    }
  }

  @Sendable private static func csv() -> [UInt8] {
    var text = "key,X,more\r\n"
    for row in 0..<Self.count {
      text += row % 71 == 9 ? "\(row),short\r\n" : "k\(row),\"\(Self.text(row))\",\"a,\nb \(row)\"\r\n"
    }
    return Array(text.utf8)
  }

  @Sendable private static func lines() -> [UInt8] {
    var text = ""
    for row in 0..<Self.count {
      text += row % 71 == 9 ? "{\"X\":\"nameless\"}\n" : "{\"id\":\(row),\"X\":\"\(Self.text(row))\"}\n\n"
    }
    return Array(text.utf8)
  }

  @Sendable private static func array() -> [UInt8] {
    let values = (0..<2 * Self.count).map { Float($0) / 3 }
    return NPYText.header(descr: "<f4", rows: UInt64(Self.count), rowShape: [2]) + values.withUnsafeBytes { Array($0) }
  }

  static let cases = [
    Case("CSV to CSV", .bytes, Self.csv) {
      $0.inputFormat = .csv
      $0.outputFormat = .csv
      $0.idField = "key"
      $0.join = .row
    },
    Case("gzip to JSON Lines", .bytes, { gzip(Self.lines()) }) {
      $0.isCompressed = true
      $0.idField = "id"
      $0.join = .fields(["X"])
      $0.outputs = ["rows", "of"]
    },
    Case("NPY to NPY", .fp32, Self.array) {
      $0.inputFormat = .npy
      $0.outputFormat = .npy
      $0.outputs = ["of"]
    },
    Case("CSV to NPY", .bytes, Self.csv) {
      $0.inputFormat = .csv
      $0.outputFormat = .npy
      $0.outputs = ["rows"]
    },
  ]

  private func bench(_ test: Case) async throws -> Bench {
    let bench = try Bench {
      $0.limits.maximumWindow = 4
      $0.limits.openChunks = 6
      $0.limits.syncMilliseconds = 1
    }
    try bench.folder.write("in", test.input())
    try await bench.announce(Bench.signature(test.type))
    return bench
  }

  /// What a power failure may do to bytes that were not synced.
  private func tear(_ bench: Bench, _ job: JobRecord, _ random: inout SplitMix64) throws {
    for (name, length) in [
      ("out.partial", job.checkpoint.outputLength), ("out.errors.jsonl.partial", job.checkpoint.errorsLength),
    ] {
      guard var bytes = bench.folder.bytes(name) else { continue }
      try #require(bytes.count >= Int(length), "\(name) is shorter than its checkpoint")
      bytes.removeSubrange(Int.random(in: Int(length)...bytes.count, using: &random)...)
      if random.chance(oneIn: 2) { bytes += [UInt8](repeating: 0, count: 100) }
      try bench.folder.write(name, bytes)
    }
  }

  @Test(arguments: Self.cases)
  func deathsOnTheWayChangeNothing(test: Case) async throws {
    let undisturbed = try await self.bench(test)
    let whole = try await undisturbed.finish(try await undisturbed.insert(test.options))
    #expect(whole.state == .succeeded, "\(whole.message ?? "")")
    #expect(whole.checkpoint.rows == UInt64(Self.count))
    #expect(test.type == .fp32 || whole.checkpoint.failedRows > 50)

    let bench = try await self.bench(test)
    bench.cluster.change {
      $0.turns = 20
      $0.transientOneIn = 20
    }
    var random = SplitMix64(seed: 5)
    let id = try await bench.insert(test.options)
    var deaths = 0
    while deaths < 20, !(try await bench.store.existingJob(id).state.isFinal) {
      try await bench.runAndKill(id, afterAnswers: Int.random(in: 2...30, using: &random))
      let job = try await bench.store.existingJob(id)
      guard job.state == .running else { continue }
      deaths += 1
      if random.chance(oneIn: 2) { try self.tear(bench, job, &random) }
    }
    #expect(deaths >= 5)
    let job = try await bench.finish(id)
    #expect(job.state == .succeeded, "\(job.message ?? "")")
    for name in ["out", "out.errors.jsonl"] {
      #expect(bench.folder.bytes(name) == undisturbed.folder.bytes(name), "\(name) differs")
    }
    #expect(!bench.folder.names.contains { $0.contains("partial") })
  }

  @Test func anArrayCountsItsRows() async throws {
    let bench = try await self.bench(Self.cases[3])
    let job = try await bench.finish(try await bench.insert(Self.cases[3].options))
    let bytes = try #require(bench.folder.bytes("out"))
    let header = try bytes.withUnsafeBytes { try NPYHeader($0) }
    #expect(header.shape == [Int(job.checkpoint.predictedRows)])
    #expect(bytes.count == header.dataStart + 8 * header.rows)
  }

  @Test func theOutputOfACancelledJobIsAValidArray() async throws {
    let bench = try await self.bench(Self.cases[2])
    let id = try await bench.insert(Self.cases[2].options)
    bench.cluster.change { $0.permits = 20 }
    try await bench.running { service in
      try await eventually { bench.cluster.isExhausted }
      try await eventually { try await bench.store.existingJob(id).checkpoint.predictedRows > 0 }
      _ = try await service.cancel(id.description)
    }
    let job = try await bench.store.existingJob(id)
    #expect(job.state == .cancelled)
    let bytes = try #require(bench.folder.bytes("out.partial"))
    let header = try bytes.withUnsafeBytes { try NPYHeader($0) }
    #expect(header.rows == Int(job.checkpoint.predictedRows))
    #expect(bytes.count == header.dataStart + header.dataBytes)
  }

  @Test func anInputThatIsDamagedOnTheWayFailsTheJobNamingTheByte() async throws {
    let bench = try Bench()
    let compressed = gzip(Self.lines())
    try bench.folder.write("in", Array(compressed.dropLast(40)))
    var options = RowOptions()
    options.isCompressed = true
    let job = try await bench.finish(try await bench.insert(options))
    #expect(job.state == .failed)
    #expect(job.message?.contains("byte \(compressed.count - 40): the compressed data ends") == true)
  }

  @Test func aHeaderThatDoesNotFitFailsTheJob() async throws {
    let bench = try Bench()
    try bench.folder.write("in", "a,b\n1,2\n")
    try await bench.announce(Bench.signature(.bytes))
    var options = RowOptions()
    options.inputFormat = .csv
    let job = try await bench.finish(try await bench.insert(options))
    #expect(job.state == .failed)
    #expect(job.message?.contains("2 columns do not make up") == true)
  }

  @Test func aJobWaitsUntilTheModelIsKnown() async throws {
    let bench = try Bench()
    try bench.folder.write("in", "X\n1\n")
    var options = RowOptions()
    options.inputFormat = .csv
    let id = try await bench.insert(options)
    try await bench.running { service in
      try await eventually { try await service.show(id.description).message?.contains("are not known") == true }
      try await bench.announce(Bench.signature(.bytes))
      #expect(try await service.ended(id.description).state == .succeeded)
    }
  }

  @Test func anInputWithoutRowsGivesAHeaderAlone() async throws {
    let bench = try Bench()
    try bench.folder.write("in", "X\n")
    try await bench.announce(Bench.signature(.bytes))
    var options = RowOptions()
    options.inputFormat = .csv
    options.outputFormat = .csv
    let job = try await bench.finish(try await bench.insert(options))
    #expect(job.state == .succeeded)
    #expect(bench.folder.text("out") == "of,first,rows\n")
  }
}
