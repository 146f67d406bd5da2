import AuguryClient
import CZlib
import QueueCore
import Store
import Testing

@testable import Jobs

/// Bytes as one member of gzip.
func gzip(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
  var stream = z_stream()
  precondition(czlib_gzip_write_begin(&stream, level) == Z_OK, "Cannot compress")
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let room = output.count
  var bytes = bytes
  let left = bytes.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END, "Cannot compress")
      return Int(stream.avail_out)
    }
  }
  deflateEnd(&stream)
  return Array(output.prefix(room - left))
}

struct GzipInputTests {
  private func bench() -> FormatBench { FormatBench { $0.isCompressed = true } }

  private func rows(_ count: Int) -> [UInt8] {
    Array((0..<count).map { "[\($0),\($0 * 7919 % 10_007)]\n" }.joined().utf8)
  }

  private func damage(_ bytes: [UInt8]) -> String? {
    do {
      _ = try self.bench().read(bytes)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func rowsAreThoseOfWhatIsCompressed() throws {
    let plain = self.rows(5000)
    var reference = FormatBench()
    reference.rowLimit = 64
    let expected = try reference.read(plain)
    var bench = self.bench()
    bench.rowLimit = 64
    for blockBytes in [1 << 20, 1000] {
      bench.blockBytes = blockBytes
      #expect(try bench.read(gzip(plain)) == expected)
    }
    // Nothing compresses worse than what is stored only.
    #expect(try bench.read(gzip(plain, level: 0)) == expected)
  }

  @Test func severalMembersAreOneInput() throws {
    let members = gzip(Array("[1,2]\n[3".utf8)) + gzip([]) + gzip(Array(",4]\n".utf8))
    #expect(try self.bench().read(members).sent == ["[1,2]", "[3,4]"])
    #expect(try self.bench().read(members + [UInt8](repeating: 0, count: 300_000)).sent == ["[1,2]", "[3,4]"])
    #expect(try self.bench().read(gzip([])).sent.isEmpty)
  }

  @Test func readingGoesOnAnywhere() throws {
    let compressed = gzip(self.rows(1000))
    var bench = self.bench()
    bench.rowLimit = 100
    let whole = try bench.read(compressed)
    for end in whole.chunkEnds {
      var checkpoint = JobCheckpoint.start
      checkpoint.inputOffset = end.offset
      checkpoint.lines = end.line
      checkpoint.predictedRows = end.rows
      let rest = try bench.read(compressed, from: checkpoint)
      #expect(rest.sent == Array(whole.sent.dropFirst(Int(end.rows))))
      #expect(rest.lines == Array(whole.lines.dropFirst(Int(end.rows))))
    }
  }

  @Test func aSourceMayGoBack() throws {
    let folder = TemporaryFolder()
    let compressed = gzip(self.rows(1000))
    let file = try OpenFile.forReading(try folder.write("in", compressed))
    let source = try GzipSource(file, size: UInt64(compressed.count))
    func read(_ count: Int) throws -> [UInt8] {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
      defer { buffer.deallocate() }
      let read = try source.read(into: buffer)
      return Array(buffer[..<read])
    }
    let first = try read(100)
    #expect(try source.seek(to: 5000))
    #expect(try read(50) == Array(self.rows(1000)[5000..<5050]))
    #expect(try source.seek(to: 0))
    #expect(try read(100) == first)
    #expect(throws: InputError.self) { _ = try source.seek(to: 1_000_000) }
  }

  @Test func damageNamesTheByte() throws {
    let compressed = gzip(self.rows(2000))
    let cut = self.damage(Array(compressed.dropLast(100)))
    #expect(cut?.contains("byte \(compressed.count - 100): the compressed data ends before it is complete") == true)
    // Even if only the check sum is missing.
    #expect(self.damage(Array(compressed.dropLast(1))) != nil)
    var flipped = compressed
    flipped[compressed.count / 2] ^= 0x55
    #expect(self.damage(flipped)?.contains("the compressed data is damaged") == true)
    var sum = compressed
    sum[compressed.count - 6] ^= 1
    #expect(self.damage(sum)?.contains("incorrect data check") == true)
    #expect(self.damage(compressed + Array("tail".utf8))?.contains("byte \(compressed.count): what follows") == true)
    #expect(self.damage([])?.contains("ends before it is complete") == true)
    #expect(self.damage(Array("[1,2]\n".utf8))?.contains("damaged") == true)
  }

  @Test func compressionIsKnownByTheNameOrByHowTheFileBegins() async throws {
    let bench = try Bench()
    try bench.folder.write("rows.jsonl", gzip(Array(Bench.rows(20).utf8)))
    let job = try await bench.run(bench.submission("rows.jsonl"))
    #expect(job.state == .succeeded)
    #expect(job.rowsDone == 20)
  }

  @Test func compressionThatIsSaidWrongIsRefusedAtSubmission() throws {
    let folder = TemporaryFolder()
    let plain = try folder.write("plain", "[1,2]\n")
    let compressed = try folder.write("gz", gzip(Array("[1,2]\n".utf8)))
    var options = RowOptions()
    try RowPlan.check(options, signature: nil, input: plain, byteLimit: 100)
    options.isCompressed = true
    try RowPlan.check(options, signature: nil, input: compressed, byteLimit: 100)
    #expect(throws: RowPlanError.self) { try RowPlan.check(options, signature: nil, input: plain, byteLimit: 100) }
  }
}
