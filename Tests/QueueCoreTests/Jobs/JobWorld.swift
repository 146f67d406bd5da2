import QueueCore

/// What a job in a ``JobWorld`` has to do, drawn from a seed.
struct WorldJob {
  let chunkRows: [UInt32]
  private let firstRows: [UInt64]
  /// Rows that make their whole request fail, and how.
  let guilty: [UInt64: PartFailure]
  /// Rows that the worker itself reports as bad.
  let bad: Set<UInt64>
  /// Rows that are not to be sent.
  let refused: Set<UInt64>
  /// What the output begins with before any row.
  let head: String
  /// What it begins with, as long, once it is complete.
  let finalHead: String

  init(_ random: inout SplitMix64) {
    let chunks = Int.random(in: 0...12, using: &random)
    let rows = UInt32.random(in: 1...40, using: &random)
    var chunkRows: [UInt32] = []
    var guilty: [UInt64: PartFailure] = [:]
    var bad: Set<UInt64> = []
    var refused: Set<UInt64> = []
    var row: UInt64 = 0
    var firstRows: [UInt64] = [0]
    for _ in 0..<chunks {
      let isRefused = random.chance(oneIn: 8)
      let count = random.chance(oneIn: 4) ? UInt32.random(in: 1...rows, using: &random) : rows
      for _ in 0..<count {
        if random.chance(oneIn: 12) {
          guilty[row] = [.poison, .fault, .refused][Int.random(in: 0..<3, using: &random)]
        }
        if random.chance(oneIn: 10) { bad.insert(row) }
        if isRefused || random.chance(oneIn: 10) { refused.insert(row) }
        row += 1
      }
      chunkRows.append(count)
      firstRows.append(row)
    }
    self.chunkRows = chunkRows
    self.firstRows = firstRows
    self.guilty = guilty
    self.bad = bad
    self.refused = refused
    let hasHead = random.chance(oneIn: 2)
    self.head = hasHead ? "? rows\n" : ""
    self.finalHead = hasHead ? "= rows\n" : ""
  }

  func firstRow(of chunk: Int) -> UInt64 {
    self.firstRows[chunk]
  }

  func extent(_ chunk: Int) -> ChunkExtent {
    let first = self.firstRow(of: chunk)
    let end = first + UInt64(self.chunkRows[chunk])
    return ChunkExtent(
      rows: self.chunkRows[chunk], payloadBytes: 10 * UInt64(self.chunkRows[chunk]), endOffset: 10 * end, endLine: end)
  }

  /// A prediction shows the rows it was computed with, as the last bits of a real model's do.
  func answer(_ rows: Range<UInt64>) -> (output: String, errors: String) {
    var output = ""
    var errors = ""
    for row in rows {
      if self.refused.contains(row) {
        errors += "\(row) is refused\n"
      } else if self.bad.contains(row) {
        errors += "\(row) is bad\n"
      } else {
        output += "\(row) of \(rows)\n"
      }
    }
    return (output, errors)
  }

  func rejection(_ row: UInt64) -> String { "\(row) is rejected\n" }

  /// The rows of a request that make it fail as a whole.
  func guilt(in rows: Range<UInt64>) -> PartFailure? {
    rows.lazy.compactMap { self.refused.contains($0) ? nil : self.guilty[$0] }.first
  }

  /// Rows that end in the errors file although the request that they are in is answered.
  func failsQuietly(_ row: UInt64) -> Bool { self.refused.contains(row) || self.bad.contains(row) }

  /// What the files must hold at the end, from the definition: a part with a guilty row is divided into up to 16 parts,
  /// others are not.
  var expected: (output: String, errors: String) {
    var output = self.finalHead
    var errors = ""
    func predict(_ rows: Range<UInt64>) {
      if self.guilt(in: rows) != nil {
        guard rows.count > 1 else { return errors += self.rejection(rows.lowerBound) }
        let parts = min(16, rows.count)
        for part in 0..<parts {
          predict(
            rows.lowerBound + UInt64(part * rows.count / parts)..<rows.lowerBound
              + UInt64((part + 1) * rows.count / parts))
        }
      } else {
        let answer = self.answer(rows)
        output += answer.output
        errors += answer.errors
      }
    }
    for chunk in self.chunkRows.indices {
      let first = self.firstRow(of: chunk)
      predict(first..<first + UInt64(self.chunkRows[chunk]))
    }
    return (output, errors)
  }
}

/// A job with its disk, store and cluster, all of which a seed may break at any point.
struct JobWorld {
  enum State: Hashable {
    case running
    case finalizing
    case succeeded
  }

  let job: WorldJob
  var random: SplitMix64
  var disk = WorldDisk()
  var state = State.running
  var checkpoint = JobCheckpoint.start
  var crashes = 0
  var stops = 0
  /// Failures that say nothing about the rows; so many of them in each chunk of each run.
  let chanceFailures: Int
  let crashOneIn: Int

  init(seed: UInt64) {
    self.random = SplitMix64(seed: seed)
    self.job = WorldJob(&self.random)
    self.chanceFailures = Int.random(in: 0...2, using: &self.random)
    self.crashOneIn = [0, 3, 10, 40][Int.random(in: 0..<4, using: &self.random)]
  }

  /// Runs until the job has succeeded, however often it has to start again.
  mutating func runToTheEnd() {
    while self.state != .succeeded {
      var run = JobWorldRun(self)
      run.run()
      self = run.world
    }
  }

  mutating func comesToACrash() -> Bool {
    // So that the job ends some day.
    guard self.crashes < 60, self.random.chance(oneIn: self.crashOneIn) else { return false }
    self.crashes += 1
    return true
  }
}
