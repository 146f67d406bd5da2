import ArgumentParser
import Foundation

/// What the broker's threads take from the heap for a request, counted from outside: two runs that differ only in the
/// number of requests, so that what start and end cost falls away.
struct AllocationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocations", abstract: "Heap allocations per request, by thread of the broker.")

  /// More than this a request, and it is no longer "none in steady state".
  private static let tolerated = 0.01

  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "The counting library, made from count-allocations.c.")
  var counter: String
  @Option(help: "Requests of the short run; the long one has five times as many.")
  var requests = 20_000

  func run() throws {
    let short = try self.count(requests: self.requests)
    let long = try self.count(requests: 5 * self.requests)
    let more = Double(4 * self.requests)
    for (thread, count) in long.sorted(by: { $0.key < $1.key }) {
      let perRequest = Double(count - short[thread, default: 0]) / more
      if perRequest >= 0.0005 || thread == Self.loop {
        print(String(format: "thread %@: %.4f allocations per request", thread, perRequest))
      }
    }
    guard let longLoop = long[Self.loop], let shortLoop = short[Self.loop] else {
      throw BenchError("the broker has no thread named \(Self.loop)")
    }
    let loop = max(0, Double(longLoop - shortLoop) / more)
    Ratio(name: "allocations-per-request-loop", values: [loop]).print()
    guard loop <= Self.tolerated else { throw BenchError("the loop thread allocates for requests") }
  }

  private static let loop = "broker-loop"

  /// Allocations by thread over one life of a broker that serves so many requests.
  private func count(requests: Int) throws -> [String: Int] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("augury-count-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let broker = try RunningBroker(
      programs: self.programs,
      prefix: ["/usr/bin/env", "LD_PRELOAD=\(self.counter)", "COUNT_ALLOCATIONS=\(file.path)"])
    defer { broker.child.stop() }
    let me = CommandLine.arguments[0]
    let worker = try Child(me, ["worker", "--connect", broker.backend, "--wire", "augury"])
    defer { worker.stop() }
    guard worker.line() == "ready" else { throw BenchError("a worker did not get ready") }
    let client = try Child(
      me, ["client", "--connect", broker.frontend, "--requests", "\(requests)", "--warm-up", "0", "--seconds", "600"])
    guard client.line() != nil else { throw BenchError("a client ended without a count") }
    broker.child.terminate()
    var counts: [String: Int] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, let count = Int(words[2]) else { throw BenchError("a count is unreadable: \(line)") }
      counts[String(words[1]), default: 0] += count
    }
    return counts
  }
}
