import AuguryClient
import Synchronization
import Testing

@testable import augury

@Suite("Rows under way", .timeLimit(.minutes(3)))
struct RowPipelineTests {
  /// Rows in batches of the given sizes.
  private actor Source {
    private var batches: [[Row]] = []

    init(_ sizes: [Int]) {
      var next = 1
      for size in sizes {
        self.batches.append((next..<next + size).map { Row(number: $0, text: []) })
        next += size
      }
      self.batches.reverse()
    }

    func next() -> [Row] {
      self.batches.popLast() ?? []
    }
  }

  private static func result(_ row: Row) -> RowResult {
    RowResult(
      row: row.number, latency: .zero, outcome: .failure(PredictionError(.unknown, reason: "R", message: "m")))
  }

  @Test("Results are handed on in the order of the rows, whatever order they end in", arguments: [1, 2, 16, 100])
  func order(concurrency: Int) async throws {
    let source = Source([1, 30, 7, 500])
    var handedOn: [Int] = []
    try await RowPipeline(concurrency: concurrency).run(
      rows: { await source.next() },
      predict: { row in
        for _ in 0..<(row.number * 7919 % 13) { await Task.yield() }
        return Self.result(row)
      },
      handOn: { handedOn += $0.map(\.row) })
    #expect(handedOn == Array(1...538))
  }

  @Test("No more rows are under way than asked for, and no row runs further ahead than the window")
  func bounds() async throws {
    let source = Source([400])
    let state = Mutex((running: 0, most: 0, handedOn: 0, furthest: 0))
    let pipeline = RowPipeline(concurrency: 3)
    try await pipeline.run(
      rows: { await source.next() },
      predict: { row in
        state.withLock { state in
          state.running += 1
          state.most = max(state.most, state.running)
          state.furthest = max(state.furthest, row.number - 1 - state.handedOn)
        }
        // The first row is slow: all that may overtake it does.
        for _ in 0..<(row.number == 1 ? 2000 : 1) { await Task.yield() }
        state.withLock { $0.running -= 1 }
        return Self.result(row)
      },
      handOn: { results in state.withLock { $0.handedOn += results.count } })
    let (most, furthest, handedOn) = state.withLock { ($0.most, $0.furthest, $0.handedOn) }
    #expect(most <= 3)
    #expect(furthest <= pipeline.window)
    #expect(handedOn == 400)
  }

  @Test("A row has its result before the next one is there")
  func slowInput() async throws {
    let (results, continuation) = AsyncStream.makeStream(of: Int.self)
    let given = Mutex(1)
    try await RowPipeline(concurrency: 16).run(
      rows: {
        let number = given.withLock { given in
          defer { given += 1 }
          return given
        }
        guard number <= 5 else { return [] }
        // Comes only once the row before it has been handed on.
        if number > 1 { for await row in results where row == number - 1 { break } }
        return [Row(number: number, text: [])]
      },
      predict: { Self.result($0) },
      handOn: { for result in $0 { continuation.yield(result.row) } })
    #expect(given.withLock { $0 } == 7)
  }

  @Test("An input that cannot be read on ends the run")
  func readFailure() async {
    let source = Source([3])
    await #expect(throws: InputError.self) {
      try await RowPipeline(concurrency: 2).run(
        rows: { () async throws(InputError) in
          let rows = await source.next()
          if rows.isEmpty { throw InputError(message: "gone") }
          return rows
        },
        predict: { Self.result($0) }, handOn: { _ in })
    }
  }

  @Test("What handing on throws ends the run and gives up the rows under way")
  func handOnFailure() async {
    struct Enough: Error {}
    let source = Source([100])
    let givenUp = Mutex(0)
    await #expect(throws: Enough.self) {
      try await RowPipeline(concurrency: 4).run(
        rows: { await source.next() },
        predict: { row in
          if row.number > 1 {
            try? await Task.sleep(for: .seconds(3600))
            givenUp.withLock { $0 += 1 }
          }
          return Self.result(row)
        },
        handOn: { _ in throw Enough() })
    }
    #expect((0...3).contains(givenUp.withLock { $0 }))
  }
}
