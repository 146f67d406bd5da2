import ArgumentParser
import QueueCore
import Testing

@testable import worker

/// The command line: what it means, and what is refused with which words.
@Suite struct OptionsTests {
  private static let model = ["--model", "digits", "--version", "1"]

  @Test(
    arguments: [
      ("0", 0), ("500us", 500_000), ("500µs", 500_000), ("2ms", 2_000_000), ("1.5s", 1_500_000_000), ("7ns", 7),
      ("2m", 120_000_000_000), ("1h", 3_600_000_000_000),
    ] as [(String, UInt64)])
  func durationHasANumberAndAUnit(text: String, nanoseconds: UInt64) {
    #expect(DurationFlag(argument: text)?.nanoseconds == nanoseconds)
  }

  @Test(arguments: ["", "5", "ms", "-1ms", "2 parsecs", "nan s", "1e300h", "infs"])
  func whatIsNoDurationIsRefused(text: String) {
    #expect(DurationFlag(argument: text) == nil)
  }

  @Test(arguments: ["0", "7ns", "20µs", "5ms", "3s", "2m", "1h"])
  func durationIsShownAsItWasWritten(text: String) {
    #expect(DurationFlag(argument: text)?.defaultValueDescription == text)
  }

  @Test func commandLineWithOneEngineIsTaken() throws {
    let command = try WorkerCommand.parse(Self.model + ["--engine", "echo", "--max-queue-delay", "2ms"])
    #expect(command.engine.engine == .echo)
    #expect(command.cluster.maxQueueDelay.nanoseconds == 2_000_000)
    #expect(command.cluster.maxBatchSize == 256 && command.cluster.bulkCredit == 2)
    #expect(Names.isValid(command.cluster.name))
    #expect(command.cluster.callLimits.callNanoseconds == 30_000_000_000)
    #expect(command.cluster.callLimits.graceNanoseconds == 5_000_000_000)
    #expect(command.cluster.drainLimit.milliseconds == 30_000)
  }

  @Test func callTimeoutOfZeroIsNoneAndAShortOneHasAShortGrace() throws {
    let engine = Self.model + ["--engine", "echo"]
    let never = try WorkerCommand.parse(engine + ["--call-timeout", "0"])
    #expect(never.cluster.callLimits.callNanoseconds == nil)
    let short = try WorkerCommand.parse(engine + ["--call-timeout", "2s"])
    #expect(short.cluster.callLimits.graceNanoseconds == 2_000_000_000)
  }

  @Test(
    arguments: [
      (["--echo-delay", "1ms"], "go with --engine echo, given is none"),
      (["--engine", "echo", "--file", "a.onnx"], "given are --file a.onnx and --engine echo"),
      (["--file", "a.onnx", "--echo-delay", "1ms"], "go with --engine echo, given is --file a.onnx"),
      (["--engine", "echo", "--threads", "0"], "--threads is 0, expected 1 to 256"),
      (["--engine", "echo", "--credit", "0"], "--credit is 0, expected 1 to 4096"),
      (["--engine", "echo", "--max-batch-size", "0"], "--max-batch-size is 0"),
      (["--engine", "echo", "--liveness", "0"], "--liveness is 0, expected 1 to 255"),
      (["--engine", "echo", "--heartbeat", "1ms"], "--heartbeat is 1ms, expected 10ms to 1h"),
      (["--engine", "echo", "--name", "a b"], "--name is \"a b\", expected 1 to 128 characters of A-Z a-z 0-9 . _ -"),
      (["--engine", "echo", "--broker", "localhost"], "expected an endpoint such as tcp://127.0.0.1:5556"),
      (["--engine", "echo", "--call-timeout", "1ms"], "--call-timeout is 1ms, expected 10ms to 24h, or 0"),
      (["--engine", "echo", "--drain-grace", "25h"], "--drain-grace is 25h, expected 24h at most"),
      (["--engine", "echo", "--echo-hang-on", ""], "--echo-hang-on is empty"),
      (["--file", "a.onnx", "--echo-hang-hard-on", "x"], "--echo-hang-hard-on go with --engine echo"),
      (["--engine", "nope"], "'nope'"),
    ] as [([String], String)])
  func whatMakesNoSenseIsRefusedWithTheReason(arguments: [String], reason: String) throws {
    let error = #expect(throws: (any Error).self) { try WorkerCommand.parse(Self.model + arguments) }
    let unwrapped = try #require(error)
    #expect(WorkerCommand.exitCode(for: unwrapped).rawValue == 64)
    #expect(WorkerCommand.message(for: unwrapped).contains(reason), "\(WorkerCommand.message(for: unwrapped))")
  }

  @Test func modelsNameMustBeAName() throws {
    let error = #expect(throws: (any Error).self) {
      try WorkerCommand.parse(["--model", "a/b", "--version", "1", "--engine", "echo"])
    }
    #expect(WorkerCommand.message(for: try #require(error)).contains("--model is \"a/b\""))
  }
}
