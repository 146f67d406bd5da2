import QueueCore
import Testing

@testable import broker

/// What the broker keeps of workers for people, without a broker.
@Suite struct WorkerDirectoryTests {
  private static let host = "a-host-of-a-rather-long-name.example.net"
  private static let engine = "an engine with a long name, 1.28.0"

  private static func join(_ name: String, host: String = Self.host) -> JoinHeader {
    JoinHeader(
      heartbeatMilliseconds: 1000, liveness: 3, processID: 17, model: "digits", version: "2", name: name, host: host,
      engine: Self.engine)
  }

  private static func ready(_ session: UInt32, digest: UInt8 = 7) -> ReadyHeader {
    ReadyHeader(
      session: SessionID(session), credit: 4, bulkCredit: 1, maxBatchSize: 8, loadMilliseconds: 12,
      digest: Array(repeating: digest, count: 32))
  }

  /// A joined and ready worker of version 0.
  private static func add(
    _ session: UInt32, host: String = Self.host, digest: UInt8 = 7, to directory: inout WorkerDirectory
  ) throws -> WorkerDirectory.Entry {
    // Bytes of its own, as if they came by a message.
    let ownHost = String(decoding: Array(host.utf8), as: UTF8.self)
    directory.joined(SessionID(session), Self.join("w-\(session)", host: ownHost), version: VersionID(0))
    let entry = directory.becameReady(SessionID(session), Self.ready(session, digest: digest))
    return try #require(entry)
  }

  /// Where a string that is too long to stand in its own structure, or an array, has its content.
  private static func address(_ text: String) -> UInt {
    text.utf8.withContiguousStorageIfAvailable { UInt(bitPattern: $0.baseAddress) } ?? 0
  }
  private static func address(_ bytes: [UInt8]) -> UInt {
    bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }

  @Test func readyAddsToWhatJoinSaidOnce() throws {
    var directory = WorkerDirectory()
    let session = SessionID(5)
    let isUnknown = directory.becameReady(session, Self.ready(5)) == nil
    #expect(isUnknown)
    directory.joined(session, Self.join("a"), version: VersionID(3))
    let joined = directory[session]
    #expect(joined?.name == "a" && joined?.ready == nil)
    let announced = directory.becameReady(session, Self.ready(5))
    let entry = try #require(announced)
    #expect(entry.name == "a" && entry.host == Self.host && entry.engine == Self.engine && entry.processID == 17)
    #expect(entry.version == VersionID(3))
    #expect(entry.ready?.loadMilliseconds == 12)
    let digests = [directory.digest(of: VersionID(3)), directory.digest(of: VersionID(0))]
    #expect(digests == [Array(repeating: 7, count: 32), []])
    let isReadyAlready = directory.becameReady(session, Self.ready(5, digest: 9)) == nil
    #expect(isReadyAlready)
    let kept = directory[session]
    #expect(kept?.ready?.digest == Array(repeating: 7, count: 32))
  }

  @Test func whatIsTheSameOfWorkersOfAVersionIsKeptOnce() throws {
    var directory = WorkerDirectory()
    let first = try Self.add(1, to: &directory)
    let second = try Self.add(2, to: &directory)
    #expect(Self.address(first.host) != 0)
    #expect(Self.address(first.host) == Self.address(second.host))
    #expect(Self.address(try #require(first.ready).digest) == Self.address(try #require(second.ready).digest))
    let elsewhere = try Self.add(3, host: "another-host-of-a-long-name.example.net", digest: 8, to: &directory)
    #expect(elsewhere.host == "another-host-of-a-long-name.example.net")
    #expect(elsewhere.ready?.digest == Array(repeating: 8, count: 32))
    let latest = directory.digest(of: VersionID(0))
    #expect(latest == Array(repeating: 8, count: 32))
    #expect(first.ready?.digest == Array(repeating: 7, count: 32))
  }

  @Test func aThousandThatComeAndGoTenTimesLeaveTheLastNamesAndNothingElse() throws {
    var directory = WorkerDirectory()
    for round in 0..<10 as Range<UInt32> {
      for member in 0..<1000 as Range<UInt32> { _ = try Self.add(1000 * round + member, to: &directory) }
      let present = directory.count
      #expect(present == 1000)
      for member in 0..<1000 as Range<UInt32> {
        let parts = directory.remove(SessionID(1000 * round + member))
        #expect(parts.isEmpty, "no reply was sent")
      }
      let (left, remembered) = (directory.count, directory.formerNames.count)
      #expect(left == 0)
      #expect(remembered < 2048)
    }
    let names = [directory.name(of: SessionID(9999)), directory.name(of: SessionID(1))]
    #expect(names == ["w-9999", "session 1"])
    let digest = directory.digest(of: VersionID(0))
    #expect(digest == Array(repeating: 7, count: 32))
  }
}
