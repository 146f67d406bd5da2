import Testing

@testable import QueueCore

struct RequestSizeTests {
  @Test func requestsGrowUntilAWorkerHasAboutTenMillisecondsOfWork() {
    var size = RequestSize(maximum: 32)
    #expect(size.chunks == 1)
    var sizes: [Int] = []
    for _ in 0..<5 {
      size.answered(chunks: size.chunks, computeMicroseconds: 700 * UInt64(size.chunks))
      sizes.append(size.chunks)
    }
    #expect(sizes == [2, 4, 8, 14, 14])
  }

  @Test func slowRowsTravelInSmallRequests() {
    var size = RequestSize(maximum: 32)
    for _ in 0..<4 { size.answered(chunks: 1, computeMicroseconds: 100) }
    #expect(size.chunks == 16)
    size.answered(chunks: 16, computeMicroseconds: 40_000)
    #expect(size.chunks == 4)
    size.answered(chunks: 1, computeMicroseconds: 25_000_000)
    #expect(size.chunks == 1)
  }

  @Test func requestsStaySmallForThoseWhoDoNotKnowOthers() {
    var size = RequestSize(maximum: 2)
    size.answered(chunks: 1, computeMicroseconds: 0)
    size.answered(chunks: 2, computeMicroseconds: 0)
    #expect(size.chunks == 2)
    size.failed()
    #expect(size.chunks == 1)
    size.answered(chunks: 1, computeMicroseconds: 0)
    #expect(size.chunks == 2)
    size.refused()
    size.answered(chunks: 1, computeMicroseconds: 0)
    #expect(size.chunks == 1)
  }
}
