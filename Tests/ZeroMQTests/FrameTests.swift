import Glibc
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(2)))
struct FrameTests {
  @Test(arguments: ["inproc://frames", "tcp://127.0.0.1:*"])
  func partsOfAllSizesKeepSeparateAddressesAndContents(endpoint: String) throws {
    let pair = try Pair(.pull, .push, over: endpoint)
    let sent = partSizes.enumerated().map { pattern($1, seed: $0) }
    #expect(try pair.connected.send(sent.map { try Frame(copying: $0.span.bytes) }, wait: true) == .sent)
    try awaitInput(pair.bound)
    let message = try #require(try pair.bound.receiveFrames(maxParts: 64))
    #expect(message.frames.map { $0.bytes.array } == sent)
    #expect(message.frames.map(\.byteCount) == partSizes)
    #expect(message.frames.map { $0.withUnsafeBytes { Array($0) } } == sent)
    let addresses = message.frames.map { $0.bytes.address }
    #expect(Set(addresses).count == sent.count)

    let others = try (0..<1000).map { try Frame(copying: pattern(33, seed: $0).span.bytes) }
    #expect(message.frames.map { $0.bytes.address } == addresses)
    #expect(message.frames.map { $0.bytes.array } == sent)
    #expect(others.enumerated().allSatisfy { $1.bytes.array == pattern(33, seed: $0) })
  }

  @Test(arguments: partSizes)
  func sentFrameStaysAsItWasAndCanBeSentAgain(size: Int) throws {
    let pair = try Pair(.pull, .push)
    let frame = try Frame(copying: pattern(size).span.bytes)
    let address = frame.bytes.address
    for _ in 0..<3 { #expect(try pair.connected.send(frame, wait: true) == .sent) }
    #expect(frame.bytes.address == address)
    for _ in 0..<3 { #expect(try receiveParts(pair.bound) == [pattern(size)]) }
    #expect(frame.bytes.array == pattern(size))
  }

  @Test(arguments: [1, 33, 100_000])
  func adoptedBytesAreSentFromWhereTheyAre(size: Int) throws {
    let pair = try Pair(.pull, .push)
    let bytes = UnsafeMutableRawBufferPointer(start: malloc(size), count: size)
    bytes.copyBytes(from: pattern(size))
    let frame = try Frame(adopting: bytes)
    #expect(frame.bytes.address == UInt(bitPattern: bytes.baseAddress))
    for _ in 0..<2 { #expect(try pair.connected.send(frame, wait: true) == .sent) }
    for _ in 0..<2 { #expect(try receiveParts(pair.bound) == [pattern(size)]) }
  }

  @Test func refusedFramesCanBeSentLater() throws {
    let context = try Context()
    let sender = try Socket(.push, in: context)
    let frames = try [pattern(3), pattern(300)].map { try Frame(copying: $0.span.bytes) }
    #expect(try sender.send(frames) == .wouldBlock)
    #expect(try sender.send(header: pattern(9).span.bytes, followedBy: frames) == .wouldBlock)

    let receiver = try Socket(.pull, in: context)
    try receiver.bind("inproc://later")
    try sender.connect("inproc://later")
    #expect(try sender.send(header: pattern(9).span.bytes, followedBy: frames) == .sent)
    #expect(try sender.send(header: pattern(9).span.bytes, followedBy: []) == .sent)
    #expect(try receiveParts(receiver) == [pattern(9), pattern(3), pattern(300)])
    #expect(try receiveParts(receiver) == [pattern(9)])
  }

  @Test func bytesLeftUnfilledAreZero() throws {
    let frame = try Frame(byteCount: 100) { output in
      for number in UInt8(1)...10 { output.append(number) }
    }
    #expect(frame.bytes.array == Array(1...10) + Array(repeating: 0, count: 90))
    let empty = try Frame(byteCount: 0) { _ in }
    #expect(empty.bytes.array == [])
  }

  @Test func memoryThatCannotBeHadIsATypedError() {
    let error = #expect(throws: ZMQError.self) { try Frame(byteCount: Int.max / 2) { _ in } }
    #expect(error?.code == .outOfMemory)
  }

  @Test func partsBeyondTheMostAreCountedAndLetGo() throws {
    let pair = try Pair(.pull, .push)
    #expect(try send((0..<10).map { [$0] }, to: pair.connected) == .sent)
    #expect(try send([[42]], to: pair.connected) == .sent)
    try awaitInput(pair.bound)
    let message = try #require(try pair.bound.receiveFrames(maxParts: 4))
    #expect(message.frames.map { $0.bytes.array } == [[0], [1], [2], [3]])
    #expect(message.discardedParts == 6)
    #expect(message.tooManyParts)
    #expect(try receiveParts(pair.bound) == [[42]])
    #expect(try pair.bound.receiveFrames(maxParts: 4) == nil)
  }

  @Test func messagesAreReceivedIntoTheSameArrayOneAfterTheOther() throws {
    let pair = try Pair(.pull, .push)
    #expect(try send([[1], [2], [3]], to: pair.connected) == .sent)
    #expect(try send([[4]], to: pair.connected) == .sent)
    var frames = [try Frame(copying: [UInt8]([9]).span.bytes)]
    try awaitInput(pair.bound)
    var discarded = try pair.bound.receiveFrames(into: &frames, maxParts: 2)
    #expect(discarded == 1)
    #expect(frames.map { $0.bytes.array } == [[1], [2]])
    discarded = try pair.bound.receiveFrames(into: &frames, maxParts: 2)
    #expect(discarded == 0)
    #expect(frames.map { $0.bytes.array } == [[4]])
    discarded = try pair.bound.receiveFrames(into: &frames, maxParts: 2)
    #expect(discarded == nil)
    #expect(frames.isEmpty)
  }

  @Test func frameMayBeSharedByManyThreadsAtOnce() async throws {
    let context = try Context()
    let receiver = try Socket(.pull, in: context)
    try receiver.bind("inproc://shared")
    let contents = pattern(100_000)
    let frame = try Frame(copying: contents.span.bytes)
    let senders = try (0..<8).map { number in
      try LoopThread(name: "sender \(number)") {
        let socket = try Socket(.push, in: context)
        try socket.connect("inproc://shared")
        for _ in 0..<100 { #expect(try socket.send(frame, wait: true) == .sent) }
      }
    }
    for _ in 0..<800 {
      try awaitInput(receiver)
      let message = try #require(try receiver.receiveFrames(maxParts: 1))
      #expect(message.frames[0].byteCount == contents.count)
      #expect(message.frames.map { $0.bytes.array } == [contents])
    }
    for sender in senders { try await sender.value }
    #expect(frame.bytes.array == contents)
  }

  @Test func waitForFramesEndsWithItsTimeOut() throws {
    let context = try Context()
    let receiver = try Socket(.pull, in: context, options: SocketOptions { $0.receiveTimeout = .milliseconds(20) })
    #expect(try receiver.receiveFrames(maxParts: 1, wait: true) == nil)
  }
}
