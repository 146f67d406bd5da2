/// Runs rows at the same time and hands their results on in order.
///
/// So many rows are under way at most, and rows that overtook another wait for it in a bounded space: memory does not
/// grow with the input. Reading, waiting and handing on go on at the same time, so that a row that comes slowly, from a
/// person or a pipe, has its result before the next one is there.
struct RowPipeline {
  /// Rows under way at once.
  let concurrency: Int
  /// Rows under way or waiting to be handed on.
  var window: Int { self.concurrency * 16 }

  private enum Event {
    case read(Result<[Row], InputError>)
    case done(RowResult)
  }

  private struct State {
    var unstarted: ArraySlice<Row> = []
    var isReading = false
    var isAtEnd = false
    var running = 0
    var finished: [Int: RowResult] = [:]
    var nextToHandOn = 1
  }

  /// Runs until there are no more rows. Throws ``InputError`` if reading fails, and what `handOn` throws; rows under
  /// way are then given up.
  func run(
    rows: @escaping @Sendable () async throws(InputError) -> [Row],
    predict: @escaping @Sendable (Row) async -> RowResult,
    handOn: ([RowResult]) throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Event.self) { group in
      var state = State()
      while true {
        if !state.isReading && !state.isAtEnd && state.unstarted.isEmpty {
          state.isReading = true
          group.addTask { .read(await Self.read(rows)) }
        }
        while state.running < self.concurrency, let row = state.unstarted.first,
          row.number - state.nextToHandOn < self.window
        {
          state.unstarted.removeFirst()
          state.running += 1
          group.addTask { .done(await predict(row)) }
        }
        guard let event = try await group.next() else { return }
        switch event {
        case .read(let result):
          let rows = try result.get()
          state.isReading = false
          state.isAtEnd = rows.isEmpty
          state.unstarted = rows[...]
        case .done(let result):
          state.running -= 1
          state.finished[result.row] = result
          try handOn(Self.takeReady(&state))
        }
      }
    }
  }

  private static func read(
    _ rows: @Sendable () async throws(InputError) -> [Row]
  ) async -> Result<[Row], InputError> {
    do throws(InputError) {
      return .success(try await rows())
    } catch {
      return .failure(error)
    }
  }

  private static func takeReady(_ state: inout State) -> [RowResult] {
    var ready: [RowResult] = []
    while let result = state.finished.removeValue(forKey: state.nextToHandOn) {
      ready.append(result)
      state.nextToHandOn += 1
    }
    return ready
  }
}
