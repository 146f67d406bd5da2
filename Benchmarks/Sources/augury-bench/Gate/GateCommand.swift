import ArgumentParser

/// Does a fixed piece of work a number of times, the same in every run: what `scripts/gate.py` counts instructions and
/// allocations of. Nothing is timed, and nothing depends on the time or on other processes.
struct GateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gate", abstract: "A fixed piece of work, for counting its instructions under valgrind.")

  @Argument(help: "The workload; --list names them.")
  var workload: String?
  @Option(help: "How often it is done.")
  var count = 1000
  @Flag(help: "List the workloads: name, the two counts to compare, and what one of them is.")
  var list = false

  func validate() throws {
    guard self.list || self.workload != nil else { throw ValidationError("name a workload, or give --list") }
    guard self.count > 0 else { throw ValidationError("--count is \(self.count), expected 1 or more") }
  }

  func run() throws {
    if self.list {
      for entry in GateCatalog.entries { print(entry.line) }
      return
    }
    guard let entry = GateCatalog.entries.first(where: { $0.name == self.workload }) else {
      throw ValidationError("no workload \"\(self.workload ?? "")\"; there are \(GateCatalog.names)")
    }
    let workload = try entry.make()
    var checksum: UInt64 = 0
    for _ in 0..<(self.count / workload.unitsPerPass) { checksum &+= try workload.pass() }
    print("\(entry.name) \(self.count) \(checksum)")
  }
}

/// Work that is the same every time.
protocol GateWorkload: AnyObject {
  /// Units, such as requests, that one pass does.
  var unitsPerPass: Int { get }

  /// Does it once and returns a number that depends on all of it, so that none of it can be left out by the compiler.
  /// Throws ``BenchError`` if something else came out than has to.
  func pass() throws -> UInt64
}

/// The workloads by name.
enum GateCatalog {
  struct Entry: Sendable {
    /// The name, as it stands in the thresholds.
    var name: String
    /// What is counted once.
    var unit: String
    /// Units of the short run, in which all tables have grown to what they need, and of the long one.
    var counts: (short: Int, long: Int)
    var make: @Sendable () throws -> any GateWorkload

    /// One line of `--list`, with tabs.
    var line: String { "\(self.name)\t\(self.counts.short)\t\(self.counts.long)\t\(self.unit)" }
  }

  static var names: String { self.entries.map(\.name).joined(separator: ", ") }

  static let entries: [Entry] = [
    Entry(name: "core-version", unit: "request", counts: (1600, 9600)) { try CoreWorkload(.version) },
    Entry(name: "core-route", unit: "request", counts: (1600, 9600)) { try CoreWorkload(.route) },
    Entry(name: "core-shadow", unit: "request", counts: (800, 4800)) { try CoreWorkload(.shadow) },
    Entry(name: "core-batch", unit: "request", counts: (1600, 9600)) { try CoreWorkload(.batch) },
    Entry(name: "core-refusal", unit: "request", counts: (1600, 9600)) { try CoreWorkload(.refusal) },
    Entry(name: "wire-decode", unit: "request", counts: (1000, 21_000)) { WireDecodeWorkload() },
    Entry(name: "wire-encode", unit: "request", counts: (1000, 21_000)) { WireEncodeWorkload() },
    Entry(name: "sockets", unit: "request", counts: (500, 2500)) { try SocketWorkload() },
    Entry(name: "session-client", unit: "request", counts: (1000, 6000)) { SessionClientWorkload() },
    Entry(name: "session-worker", unit: "request", counts: (1000, 11_000)) { try SessionWorkerWorkload() },
    Entry(name: "job-machine", unit: "chunk", counts: (640, 6400)) { JobWorkload() },
    Entry(name: "json-read-request", unit: "request", counts: (200, 2200)) { try ReadRequestWorkload(.json) },
    Entry(name: "json-read-lines", unit: "row", counts: (2560, 12_800)) { try ReadLinesWorkload() },
    Entry(name: "json-write-reply", unit: "request", counts: (200, 2200)) { try WriteReplyWorkload(.json) },
    Entry(name: "json-write-lines", unit: "row", counts: (2560, 12_800)) { try WriteLinesWorkload() },
    Entry(name: "tensors-read-request", unit: "request", counts: (200, 2200)) { try ReadRequestWorkload(.tensors) },
    Entry(name: "tensors-write-reply", unit: "request", counts: (200, 2200)) { try WriteReplyWorkload(.tensors) },
  ]
}
