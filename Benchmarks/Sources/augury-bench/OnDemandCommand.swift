import ArgumentParser
import Foundation
import QueueCore

/// What one worker makes of its processor, beside a bare loop over the same engine calls, and where the rest goes.
struct OnDemandCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "on-demand", abstract: "Predictions by one worker beside a bare loop over the same engine calls.")

  @Option(help: "Folder of the release build that the worker is taken from.")
  var programs: String
  @Option(help: "The ONNX model.")
  var model: String
  @Option(help: "JSON Lines of which the first are a request's instances.")
  var lines: String
  @Option(help: "Requests that the worker has at once.")
  var outstanding = 16
  @Option(help: "Rounds; each measures both sides and both settings, one after the other.")
  var rounds = 5
  @Option(help: "Seconds of one measurement.")
  var seconds = 1.0

  /// What one side of a comparison was found to do.
  private struct Served {
    var perSecond = 0.0
    var median = 0.0
    var batchSize = 1.0
    /// Microseconds a request: of processor time by thread, of waiting, and of the engine calls it shared.
    var serving = 0.0
    var transport = 0.0
    var queue = 0.0
    var engine = 0.0
  }

  func run() throws {
    for content in PredictionContent.allCases {
      try self.compareWithBareLoop(content)
    }
    try self.compareBatching()
  }

  private func compareWithBareLoop(_ content: PredictionContent) throws {
    let request = try PredictionRequest(content, wire: .augury, lines: self.lines, rows: 1)
    let loop = try BarePrediction(model: self.model, request: request, content: content)
    var wall: [Double] = []
    var engineOnly: [Double] = []
    var whole: [Double] = []
    for round in 1...self.rounds {
      let served = try self.serve(content, outstanding: self.outstanding)
      let bare = try loop.measure(batchSize: served.batchSize, seconds: self.seconds)
      wall.append(served.perSecond * bare.engine / 1e6)
      engineOnly.append(bare.engine / served.serving)
      whole.append(bare.sum / served.serving)
      Self.printRound(round, content, served, bare)
    }
    let name = "on-demand-\(content.rawValue)"
    Ratio(name: "\(name)-vs-engine-loop", values: wall).print()
    Ratio(name: "\(name)-vs-engine-loop-per-thread-second", values: engineOnly).print()
    Ratio(name: "\(name)-vs-whole-loop-per-thread-second", values: whole).print()
  }

  private static func printRound(
    _ round: Int, _ content: PredictionContent, _ served: Served, _ bare: BarePrediction.Times
  ) {
    print(
      String(
        format:
          "round %d, %@: %.0f req/s in batches of %.1f; microseconds a request: serving threads %.2f (engine "
          + "calls %.2f), ZeroMQ's thread %.2f, waiting %.1f; bare loop: parse %.2f, "
          + "copy %.2f, engine %.2f, encode %.2f, sum %.2f", round, content.rawValue, served.perSecond,
        served.batchSize, served.serving, served.engine, served.transport, served.queue, bare.parse,
        bare.copy, bare.engine, bare.encode,
        bare.sum))
    FileOutput.flush()
  }

  /// Batches must pay when there is much to do and cost nothing when there is little.
  private func compareBatching() throws {
    var throughput: [Double] = []
    var unloaded: [Double] = []
    for round in 1...self.rounds {
      let (alone, batched) = try self.serveBothWays(outstanding: self.outstanding, singleFirst: round % 2 == 1)
      let (aloneUnloaded, batchedUnloaded) = try self.serveBothWays(outstanding: 1, singleFirst: round % 2 == 1)
      throughput.append(batched.perSecond / alone.perSecond)
      unloaded.append(batchedUnloaded.median / aloneUnloaded.median)
      print(
        String(
          format: "batching: %.0f req/s with, %.0f without; one at a time p50 %.0f us with, %.0f us without",
          batched.perSecond, alone.perSecond, batchedUnloaded.median, aloneUnloaded.median))
      FileOutput.flush()
    }
    Ratio(name: "batching-throughput", values: throughput).print()
    Ratio(name: "batching-unloaded-p50", values: unloaded).print()
  }

  /// Without batches and with them. Which goes first changes from round to round, so that the order is no difference.
  private func serveBothWays(outstanding: Int, singleFirst: Bool) throws -> (alone: Served, batched: Served) {
    let single = ["--max-batch-size", "1"]
    if singleFirst {
      let alone = try self.serve(.tensors, outstanding: outstanding, options: single)
      return (alone, try self.serve(.tensors, outstanding: outstanding))
    }
    let batched = try self.serve(.tensors, outstanding: outstanding)
    return (try self.serve(.tensors, outstanding: outstanding, options: single), batched)
  }

  private func serve(_ content: PredictionContent, outstanding: Int, options: [String] = []) throws -> Served {
    let request = try PredictionRequest(content, wire: .augury, lines: self.lines, rows: 1)
    let driver = try WorkerDriver(request, as: content.contentType)
    let worker = try ModelWorker.start(
      self.programs, driver.endpoint, model: self.model, name: "digits", options: ["--heartbeat", "50ms"] + options)
    defer { worker.stop() }
    try driver.awaitReady()
    _ = try driver.drive(outstanding: outstanding, seconds: 0.3)
    try driver.awaitFigures()
    let (figures, times) = (driver.figures, try ThreadTimes(of: worker.pid))
    let driven = try driver.drive(outstanding: outstanding, seconds: self.seconds)
    let later = try ThreadTimes(of: worker.pid)
    try driver.awaitFigures()
    let requests = Double(driver.figures.requests - figures.requests)
    let batches = Double(driver.figures.batches - figures.batches)
    guard requests > 0, batches > 0 else { throw BenchError("the worker answered nothing") }
    return Served(
      perSecond: Double(driven.results) / driven.seconds, median: driven.median, batchSize: requests / batches,
      serving: later.microseconds("serve-", since: times) / requests,
      transport: later.microseconds("ZMQbg/IO/0", since: times) / requests,
      queue: Double(driver.figures.queueTime.sum - figures.queueTime.sum) / requests,
      engine: Double(driver.figures.computeTime.sum - figures.computeTime.sum) / requests)
  }
}
