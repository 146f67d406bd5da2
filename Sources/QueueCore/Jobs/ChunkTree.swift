/// One chunk on its way to being answered; taken apart, level by level, if its request keeps failing as a whole, until
/// the rows that are to blame stand alone and the others are predicted.
///
/// A part is divided into up to ``fanOut`` parts and not into two: a row that ends its workers costs several of them on
/// each level, and a sound part costs no more than one request.
///
/// Some models' last bits depend on the rows they ran with, so how a chunk ends up divided must follow from its rows
/// alone, not from chance. A part that was taken apart although each of its rows can be predicted, because its workers
/// were killed from outside for example, is therefore put together again and sent whole. Only when that has happened
/// ``rejoinLimit`` times to a chunk do its parts stay divided: then failing as a whole belongs to them.
///
/// | node is | sent | answered | failed | parts settled |
/// |---|---|---|---|---|
/// | idle | → sent | – | – | – |
/// | sent | – | → answered | → idle, divided or rejected | – |
/// | divided | – | – | – | stays, or → idle |
struct ChunkTree {
  /// Parts that a part is divided into, at most.
  static let fanOut: UInt32 = 16
  /// Times that parts of a chunk without a guilty row are put together again.
  static let rejoinLimit = 4

  enum State: Hashable {
    case idle
    case sent(inRequest: UInt64)
    case answered(PartOutcome)
    case rejected(errorBytes: UInt64)
    /// Into the nodes of these indices, in the order of their rows.
    case divided(Range<Int>)
  }

  struct Node {
    let lower: UInt32
    let upper: UInt32
    let parent: Int?
    var state = State.idle
    /// The attempt of the last sending.
    var attempt: UInt32 = 0
    /// Failures in a row, all of this kind, that say something about its rows.
    var failures = 0
    var lastFailure: PartFailure?
    /// Failures in a row that say something about the cluster.
    var waits = 0
    /// Whether it was refused for what it is, so that sending it whole is of no use.
    var staysDivided = false

    var isSingle: Bool { self.upper - self.lower == 1 }
  }

  let chunk: UInt64
  private(set) var nodes: [Node]
  private var lastAttempt: UInt32 = 0
  private var rejoins = 0

  /// A chunk of so many rows, not sent yet.
  init(chunk: UInt64, rows: UInt32) {
    precondition(rows > 0, "A chunk cannot be empty")
    self.chunk = chunk
    self.nodes = [Node(lower: 0, upper: rows, parent: nil)]
  }

  /// Marks a node as sent in the request of this number, and names the sending.
  mutating func send(_ index: Int, in request: UInt64) -> ChunkRequest {
    precondition(self.nodes[index].state == .idle, "Cannot send a part that is \(self.nodes[index].state)")
    self.lastAttempt += 1
    self.nodes[index].attempt = self.lastAttempt
    self.nodes[index].state = .sent(inRequest: request)
    return self.request(index)
  }

  /// The node that waits for the answer to this sending, and the request it was in; nil if none does.
  func waiting(for sending: ChunkRequest) -> (index: Int, request: UInt64)? {
    for (index, node) in self.nodes.enumerated() where node.attempt == sending.attempt {
      if case .sent(let request) = node.state, self.request(index) == sending { return (index, request) }
    }
    return nil
  }

  enum OnSettled: Hashable {
    /// Other parts of the chunk are not settled yet.
    case waitForOthers
    /// The whole chunk is.
    case complete
    /// These answers are void; the part they belong to is to be sent as a whole.
    case putTogether(Int, discard: [ChunkRequest])
  }

  /// A node's rows were answered.
  mutating func succeeded(_ index: Int, _ outcome: PartOutcome) -> OnSettled {
    let node = self.nodes[index]
    precondition(
      outcome.predictedRows + outcome.failedRows == node.upper - node.lower,
      "Rows \(node.lower)..<\(node.upper) cannot end as \(outcome)")
    self.nodes[index].state = .answered(outcome)
    self.nodes[index].waits = 0
    return self.settle(from: index)
  }

  /// A request failed that had others in it: that says nothing about this node's rows.
  mutating func failedAmongOthers(_ index: Int) {
    self.nodes[index].state = .idle
  }

  enum OnFailed: Hashable {
    /// Send the same again, later; it has failed so often.
    case sendAgain(failures: Int)
    /// Send the nodes of these indices instead.
    case divided(Range<Int>)
    /// The single row is to blame.
    case rejected(OnSettled)
  }

  /// A node's request failed. `errorBytes` is the size of its row's line in the errors file, if it is a single row.
  mutating func failed(_ index: Int, _ failure: PartFailure, errorBytes: UInt64) -> OnFailed {
    let isSingle = self.nodes[index].isSingle
    let tries: Int
    switch failure {
    case .fatal: preconditionFailure("A failure of the whole job cannot be held against rows")
    case .transient, .congested:
      self.nodes[index].state = .idle
      self.nodes[index].waits += 1
      return .sendAgain(failures: self.nodes[index].waits)
    case .fault: tries = isSingle ? 3 : 2
    // Each verdict has cost several workers already; a row alone is worth a second one, to be sure.
    case .poison: tries = isSingle ? 2 : 1
    case .refused: tries = 1
    }
    self.nodes[index].waits = 0
    // Of one kind: a row that the model always fails on must not be given up for the death of a worker in between.
    self.nodes[index].failures = self.nodes[index].lastFailure == failure ? self.nodes[index].failures + 1 : 1
    self.nodes[index].lastFailure = failure
    guard self.nodes[index].failures >= tries else {
      self.nodes[index].state = .idle
      return .sendAgain(failures: self.nodes[index].failures)
    }
    if isSingle {
      self.nodes[index].state = .rejected(errorBytes: errorBytes)
      return .rejected(self.settle(from: index))
    }
    if failure == .refused { self.nodes[index].staysDivided = true }
    return self.divide(index)
  }

  /// The settled parts in the order of their rows, once the chunk is complete.
  func forEachLeaf(_ body: (ChunkRequest, State) -> Void) {
    self.forEachLeaf(below: 0, body)
  }

  /// What the chunk's rows became, once it is complete.
  var outcome: PartOutcome {
    var sum = PartOutcome.empty
    self.forEachLeaf { request, state in
      switch state {
      case .answered(let outcome): sum.add(outcome)
      case .rejected(let errorBytes):
        sum.add(PartOutcome(predictedRows: 0, failedRows: 1, outputBytes: 0, errorBytes: errorBytes))
      case .idle, .sent, .divided: preconditionFailure("\(request) is not settled")
      }
    }
    return sum
  }

  /// Bytes of the answers that count so far.
  var answeredBytes: UInt64 {
    var bytes: UInt64 = 0
    self.forEachLeaf { _, state in
      if case .answered(let outcome) = state { bytes += outcome.outputBytes + outcome.errorBytes }
    }
    return bytes
  }

  /// Whether every row is answered or rejected.
  var isComplete: Bool { self.isSettled(0) }

  // MARK: The tree

  private func request(_ index: Int) -> ChunkRequest {
    let node = self.nodes[index]
    return ChunkRequest(
      part: ChunkPart(chunk: self.chunk, lower: node.lower, upper: node.upper), attempt: node.attempt)
  }

  private mutating func divide(_ index: Int) -> OnFailed {
    let node = self.nodes[index]
    let first = self.nodes.count
    for part in Self.parts(of: node.lower..<node.upper) {
      self.nodes.append(Node(lower: part.lowerBound, upper: part.upperBound, parent: index))
    }
    self.nodes[index].state = .divided(first..<self.nodes.count)
    return .divided(first..<self.nodes.count)
  }

  /// How rows are divided: into parts of equal size, or of sizes that differ by one.
  static func parts(of rows: Range<UInt32>) -> [Range<UInt32>] {
    let count = UInt64(rows.count)
    let parts = min(UInt64(Self.fanOut), count)
    return (0..<parts).map { part in
      let lower = rows.lowerBound + UInt32(part * count / parts)
      return lower..<rows.lowerBound + UInt32((part + 1) * count / parts)
    }
  }

  private mutating func settle(from index: Int) -> OnSettled {
    var index = index
    while let parent = self.nodes[index].parent {
      guard self.isSettled(parent) else { return .waitForOthers }
      if !self.hasRejected(parent), !self.nodes[parent].staysDivided, self.rejoins < Self.rejoinLimit {
        var discarded: [ChunkRequest] = []
        self.forEachLeaf(below: parent) { request, _ in discarded.append(request) }
        self.rejoins += 1
        self.nodes[parent].failures = 0
        self.nodes[parent].state = .idle
        return .putTogether(parent, discard: discarded)
      }
      index = parent
    }
    return .complete
  }

  private func isSettled(_ index: Int) -> Bool {
    switch self.nodes[index].state {
    case .idle, .sent: false
    case .answered, .rejected: true
    case .divided(let parts): parts.allSatisfy(self.isSettled)
    }
  }

  private func hasRejected(_ index: Int) -> Bool {
    switch self.nodes[index].state {
    case .idle, .sent, .answered: false
    case .rejected: true
    case .divided(let parts): parts.contains(where: self.hasRejected)
    }
  }

  private func forEachLeaf(below index: Int, _ body: (ChunkRequest, State) -> Void) {
    if case .divided(let parts) = self.nodes[index].state {
      for part in parts { self.forEachLeaf(below: part, body) }
    } else {
      body(self.request(index), self.nodes[index].state)
    }
  }
}
