import ArgumentParser
import Foundation

/// What the broker's threads take from the heap for a request, counted from outside while a real broker serves a fixed
/// number of them: once as many to warm up, so that every table has grown to what it needs, then those that count.
struct AllocationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocations", abstract: "Heap allocations per request, by thread of the broker.")

  /// More than this a request, and it is no longer "none in steady state": heartbeats take some now and then.
  private static let tolerated = 0.01
  private static let loop = "broker-loop"

  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "The counting library, made from count-allocations.c.")
  var counter: String
  @Option(help: "Requests that are counted; before them as many are sent to warm up.")
  var requests = 20_000
  @Option(help: "Only these scenarios, any number of times; all if there is none.")
  var scenario: [String] = []

  func validate() throws {
    guard self.requests > 0 else { throw ValidationError("--requests is \(self.requests), expected 1 or more") }
    let names = AllocationScenario.all.map(\.name)
    for name in self.scenario where !names.contains(name) {
      throw ValidationError("no scenario \"\(name)\"; there are \(names.joined(separator: ", "))")
    }
  }

  func run() throws {
    var steady: [Double] = []
    for scenario in AllocationScenario.all where self.scenario.isEmpty || self.scenario.contains(scenario.name) {
      let counts = try self.count(scenario)
      guard let loop = counts[Self.loop] else { throw BenchError("the broker has no thread named \(Self.loop)") }
      for (thread, count) in counts.sorted(by: { $0.key < $1.key }) where count > 0 || thread == Self.loop {
        print("allocations \(scenario.name) \(thread) \(count) for \(self.requests) requests")
      }
      FileOutput.flush()
      if scenario.isFree { steady.append(Double(loop) / Double(self.requests)) }
    }
    guard let worst = steady.max() else { return }
    Ratio(name: "allocations-per-request-loop", values: steady).print()
    guard worst <= Self.tolerated else { throw BenchError("the loop thread allocates for requests") }
  }

  /// Allocations by thread while a broker of its own serves the scenario's requests.
  private func count(_ scenario: AllocationScenario) throws -> [String: Int] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("augury-count-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let broker = try RunningBroker(
      programs: self.programs,
      prefix: ["/usr/bin/env", "LD_PRELOAD=\(self.counter)", "COUNT_ALLOCATIONS=\(file.path)"] + scenario.environment)
    defer { broker.child.terminate() }
    let me = CommandLine.arguments[0]
    let workers = try ["1", "2"].map { version in
      try Child(
        me,
        [
          "worker", "--connect", broker.backend, "--wire", "augury", "--name", "bench-\(version)", "--version", version,
          "--bulk-credit", "64",
        ])
    }
    defer { workers.forEach { $0.stop() } }
    for worker in workers where worker.line() != "ready" { throw BenchError("a worker did not get ready") }
    let client = try ScenarioClient(scenario, broker: broker.frontend)
    try client.prepare()
    try client.run(requests: self.requests)
    let before = try AllocationCounts(file: file)
    try client.run(requests: self.requests)
    return try AllocationCounts(file: file).since(before).byName(of: broker.child.pid)
  }
}

/// What count-allocations.c has counted so far, by thread id.
struct AllocationCounts {
  private var counts: [UInt64: UInt64] = [:]

  private init() {}

  /// Reads the file while the program runs. Throws ``BenchError`` if it is not the counter's.
  init(file: URL) throws {
    let data = try Data(contentsOf: file)
    guard data.count > 0, data.count % 16 == 0 else { throw BenchError("\(file.path) holds no counts") }
    data.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count, by: 16) {
        let thread = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard thread != 0 else { continue }
        self.counts[thread, default: 0] += bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
      }
    }
  }

  /// What has come since an earlier reading.
  func since(_ earlier: AllocationCounts) -> AllocationCounts {
    var more = AllocationCounts()
    for (thread, count) in self.counts { more.counts[thread] = count - (earlier.counts[thread] ?? 0) }
    return more
  }

  /// The counts by the threads' names, while the program runs; threads that have ended go by "ended".
  func byName(of process: Int32) -> [String: Int] {
    var named: [String: Int] = [:]
    for (thread, count) in self.counts {
      let file = URL(fileURLWithPath: "/proc/\(process)/task/\(thread)/comm")
      let name = (try? String(contentsOf: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
      named[(name ?? "ended").replacingOccurrences(of: " ", with: "-"), default: 0] += Int(count)
    }
    return named
  }
}
