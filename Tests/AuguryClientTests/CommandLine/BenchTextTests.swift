import ArgumentParser
import FoundationEssentials
import LoadGenerator
import QueueCore
import Testing

@testable import augury

@Suite("Figures of a load in words")
struct BenchTextTests {
  private static func report(
    _ arguments: [String], _ fill: (inout LoadRecorder, LoadWindow) -> Void
  ) throws -> BenchReport {
    let command = try #require(try AuguryCommand.parseAsRoot(["bench"] + arguments) as? BenchCommand)
    let window = LoadWindow(command.load.plan, from: .zero)
    var recorder = LoadRecorder(window: window)
    fill(&recorder, window)
    let payload = LoadPayload(contentType: .json, parts: [[1, 2, 3]], instances: 4)
    return BenchReport(
      command: command, target: "tcp://127.0.0.1:5555", transport: .zeromq, clients: 2, payloads: [payload],
      figures: LoadFigures(recorder, instances: 4), machine: .current)
  }

  private static func fill(_ recorder: inout LoadRecorder, _ window: LoadWindow) {
    let full = LoadOutcome.refused(code: "RESOURCE_EXHAUSTED")
    for index in 0..<1000 {
      let due = window.begin.advanced(byMilliseconds: UInt64(index))
      recorder.sent(due: due, at: due)
      recorder.ended(due: due, at: due.advanced(byMicroseconds: 400), as: index % 10 == 0 ? full : .ok)
    }
    recorder.keepExample("VERSION_QUEUE_FULL: no room", of: full)
  }

  @Test("A line on what was done, a row for each way to end, and what was served")
  func open() throws {
    let report = try Self.report(["digits@2", "--rate", "1000", "--duration", "1"], Self.fill)
    #expect(
      BenchText.text(of: report) == """
        digits@2 at tcp://127.0.0.1:5555: open loop, 1,000 requests/s due at equal distances, 2 connections, \
        4 instances a request (3 B), 1.0 s after 1.0 s of warm-up

        ENDED WITH          REQUESTS  SHARE     P50     P90     P99   P99.9     MAX  FOR EXAMPLE
        OK                       900  90.0%  400 µs  400 µs  400 µs  400 µs  400 µs
        RESOURCE_EXHAUSTED       100  10.0%  400 µs  400 µs  400 µs  400 µs  400 µs  VERSION_QUEUE_FULL: no room

        goodput 900 predictions/s, 3,600 instances/s of 1,000 requests/s sent
        latencies count from when a request was due

        """)
    #expect(report.figures.status == .partial)
  }

  @Test("Service times are called so; lateness, waiting and requests never sent are told")
  func caveats() throws {
    let closed = try Self.report(["m", "--concurrency", "8", "--duration", "1"]) { _, _ in }
    #expect(BenchText.text(of: closed).contains("closed loop: latencies are service times"))
    let row = BenchText.text(of: closed).split(separator: "\n").first { $0.hasPrefix("OK") }
    #expect(row?.split(separator: " ") == ["OK", "0", "0.0%", "-", "-", "-", "-", "-"])
    let late = try Self.report(["m", "--rate", "10", "--arrivals", "poisson"]) { recorder, window in
      recorder.sent(due: window.begin, at: window.begin.advanced(byMilliseconds: 70))
      recorder.sent(
        due: window.begin, ready: window.begin.advanced(byMilliseconds: 900),
        at: window.begin.advanced(byMilliseconds: 900))
      recorder.addUnsent(12)
    }
    let text = BenchText.text(of: late)
    #expect(text.contains("random (Poisson)"))
    #expect(text.contains("the generator fell behind its schedule") && text.contains("70.0 ms late"))
    #expect(text.contains("1 request waited for a connection that could take it, up to 900 ms"))
    #expect(text.contains("12 requests that fell due could not be sent") && text.contains("never sent"))
    #expect(late.figures.status == .partial)
  }

  @Test("The JSON has the figures beside what they are of, in one object")
  func json() throws {
    struct Shape: Decodable {
      var model: String
      var rate: Double
      var loop: String
      var arrivals: String
      var requests: Int
      var behind: Bool
      var answers: [String: LoadFigures.Ending]
      var okBySecond: [Int]

      enum CodingKeys: String, CodingKey {
        case model
        case rate
        case loop
        case arrivals
        case requests
        case behind
        case answers
        case okBySecond = "ok_by_second"
      }
    }
    let report = try Self.report(["digits", "--rate", "1000", "--duration", "1"], Self.fill)
    let shape = try JSONDecoder().decode(Shape.self, from: Data(JSONOutput.bytes(report)))
    #expect(shape.model == "digits" && shape.rate == 1000 && shape.loop == "open" && shape.arrivals == "fixed")
    #expect(shape.requests == 1000 && !shape.behind && shape.okBySecond == [900])
    #expect(shape.answers["RESOURCE_EXHAUSTED"]?.example == "VERSION_QUEUE_FULL: no room")
  }

  @Test("A payload is zeros, random or a file")
  func payloads() {
    #expect(PayloadArgument(argument: "zeros") == .zeros && PayloadArgument(argument: "random") == .random)
    #expect(PayloadArgument(argument: "./zeros") == .file("./zeros") && PayloadArgument(argument: "") == nil)
  }

  @Test(
    "A command line that says what load to make is taken",
    arguments: [
      ["--rate", "0.5"], ["--concurrency", "1000000", "--clients", "4096", "--class", "batch"],
      ["--concurrency", "2", "--clients", "2", "--http", "http://a"],
      ["--rate", "1", "--arrivals", "poisson", "--warm-up", "0", "--timeout", "10ms", "--seed", "0"],
    ])
  func goodArguments(arguments: [String]) {
    #expect(throws: Never.self) { try AuguryCommand.parseAsRoot(["bench", "m"] + arguments) }
  }

  @Test(
    "A command line that does not say what load to make, or two things, is refused",
    arguments: [
      [], ["--rate", "1", "--concurrency", "1"], ["--rate", "-1"], ["--rate", "nan"], ["--concurrency", "0"],
      ["--rate", "1", "--duration", "0"], ["--rate", "1", "--clients", "0"], ["--rate", "1", "--clients", "5000"],
      ["--rate", "1", "--instances", "0"], ["--rate", "1", "--timeout", "0"], ["--rate", "1", "--payload", ""],
      ["--concurrency", "2", "--clients", "3", "--http", "http://a"],
    ])
  func badArguments(arguments: [String]) {
    #expect(throws: (any Error).self) { try AuguryCommand.parseAsRoot(["bench", "m"] + arguments) }
  }
}
