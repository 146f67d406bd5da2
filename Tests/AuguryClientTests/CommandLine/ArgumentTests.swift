import ArgumentParser
import AuguryClient
import QueueCore
import Testing

@testable import augury

@Suite("Arguments of the command line")
struct ArgumentTests {
  @Test(
    "Times are read as people write them",
    arguments: [
      ("500ms", Duration.milliseconds(500)), ("1s", .seconds(1)), ("1.5s", .milliseconds(1500)), ("2m", .seconds(120)),
      ("1h", .seconds(3600)), ("30", .seconds(30)), ("0.25", .milliseconds(250)), (".5s", .milliseconds(500)),
      ("250us", .microseconds(250)), ("7µs", .microseconds(7)), ("0s", .zero), ("0", .zero), ("1.s", .seconds(1)),
      ("7d", .seconds(604_800)),
    ])
  func goodTimes(text: String, duration: Duration) {
    #expect(TimeArgument(argument: text)?.duration == duration)
  }

  @Test(
    "What is no time is refused",
    arguments: [
      "", "s", "ms", ".", ".s", "-1s", "+1s", "1 s", " 1s", "1S", "1w", "1.2.3s", "1e3s", "0x10", "nan", "inf", "1s2",
      "٣s", "99999999999999999999999h",
    ])
  func badTimes(text: String) {
    #expect(TimeArgument(argument: text) == nil)
  }

  @Test(
    "Help shows a default as people write it",
    arguments: ["500ms", "1s", "90s", "2m", "1h", "7d", "250us", "1500ms"])
  func defaultTimes(text: String) {
    #expect(TimeArgument(argument: text)?.defaultValueDescription == text)
  }

  @Test("A model stands alone or with a version")
  func selectors() {
    #expect(ModelSelector(argument: "digits").map { [$0.model, $0.version] } == ["digits", nil])
    #expect(ModelSelector(argument: "digits@2").map { [$0.model, $0.version] } == ["digits", "2"])
    #expect(ModelSelector(argument: "digits@a@b").map { [$0.model, $0.version] } == ["digits", "a@b"])
    for text in ["", "@", "digits@", "@2"] { #expect(ModelSelector(argument: text) == nil, "\(text)") }
  }

  @Test("The broker is the one after the command's name, or before it, or the environment's, or the standard one")
  func brokerPrecedence() throws {
    func endpoint(_ arguments: [String]) throws -> String {
      let command = try #require(try AuguryCommand.parseAsRoot(arguments) as? StatusCommand)
      return command.connection.endpoint(outer: command.root.connection)
    }
    #expect(try endpoint(["--broker", "tcp://a:1", "status", "--broker", "tcp://b:2"]) == "tcp://b:2")
    #expect(try endpoint(["--broker", "tcp://a:1", "status"]) == "tcp://a:1")
    #expect(try endpoint(["status", "--broker", "tcp://b:2"]) == "tcp://b:2")
    let nested = try AuguryCommand.parseAsRoot(["--broker", "tcp://a:1", "jobs", "show", "7"])
    let show = try #require(nested as? ShowJobCommand)
    #expect(show.connection.endpoint(outer: show.root.connection) == "tcp://a:1")
    #expect(show.target.id == "7")
  }

  @Test("predict takes its options in every form the help names")
  func predictOptions() throws {
    let parsed = try AuguryCommand.parseAsRoot([
      "predict", "digits@2", "-f", "rows.jsonl", "--timeout", "250ms", "--class", "batch", "--concurrency", "4",
      "--json",
    ])
    let command = try #require(parsed as? PredictCommand)
    #expect(command.selector.model == "digits" && command.selector.version == "2")
    #expect(command.file == "rows.jsonl" && command.json && command.concurrency == 4)
    #expect(command.timeout == TimeArgument(.milliseconds(250)))
    #expect(command.urgency.requestClass == .batch)
    let plain = try #require(try AuguryCommand.parseAsRoot(["predict", "m"]) as? PredictCommand)
    #expect(plain.file == nil && plain.concurrency == 16 && plain.urgency == .online && !plain.json)
  }

  @Test(
    "What a command cannot use is a usage error",
    arguments: [
      ["predict"], ["predict", "m@"], ["predict", "m", "--timeout", "soon"], ["predict", "m", "--class", "tuning"],
      ["predict", "m", "--concurrency", "0"], ["predict", "m", "--concurrency", "4097"],
      ["jobs", "submit", "--model", "m", "--input", "a"], ["jobs", "submit", "--model", "m", "--output", "b"],
      ["jobs", "submit", "--model", "m", "--input", "", "--output", "b"],
      ["jobs", "submit", "--model", "m", "--input", "a", "--output", "b", "--batch-size", "0"], ["jobs", "show"],
      ["frobnicate"], ["status", "--colour"],
    ])
  func usageErrors(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try AuguryCommand.parseAsRoot(arguments) }
    #expect(error.map { AuguryCommand.exitCode(for: $0).rawValue } == 64)
  }

  @Test("Errors become the exit codes that the help lists")
  func exitCodes() {
    func status(_ code: PredictionError.Code, reason: String = "R") -> CommandStatus {
      CommandStatus(PredictionError(code, reason: reason, message: "m"))
    }
    #expect(status(.invalidArgument) == .refused && status(.notFound) == .refused)
    #expect(status(.resourceExhausted) == .refused && status(.internal) == .refused)
    #expect(status(.unavailable) == .unavailable && status(.deadlineExceeded) == .unavailable)
    #expect(status(.invalidArgument, reason: "INVALID_ENDPOINT") == .usage)
    let help = AuguryCommand.helpMessage()
    for code in [0, 1, 2, 3, 64, 130] { #expect(help.contains("\n  \(code) "), "\(code)") }
  }

  @Test("Relative paths are made absolute, absolute ones left alone")
  func paths() {
    #expect(SubmitJobCommand.absolute("/a/b", in: "/c") == "/a/b")
    #expect(SubmitJobCommand.absolute("b", in: "/c") == "/c/b")
    #expect(SubmitJobCommand.absolute("./b/../d", in: "/c") == "/c/b/../d")
    #expect(SubmitJobCommand.absolute("b", in: "/") == "/b")
  }
}
