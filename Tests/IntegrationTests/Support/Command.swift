import Glibc

/// What a program that ran to its end has said.
struct CommandResult: Sendable {
  var end: ProgramEnd
  var output: String
  var errors: String

  /// The lines of its standard output.
  var lines: [String] { self.output.split(separator: "\n").map(String.init) }
}

/// Runs a program to its end, with a text as its standard input.
func runCommand(
  _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = Programs.childEnvironment,
  within patience: Duration = .seconds(60)
) async throws -> CommandResult {
  try await withTemporaryFolder { folder in
    let (inputFile, output, errors) = ("\(folder)/input", "\(folder)/output", "\(folder)/errors")
    try writeText(input, to: inputFile)
    let name = ([path.split(separator: "/").last.map(String.init) ?? path] + arguments).joined(separator: " ")
    let program = try RunningProgram(
      path, arguments: arguments, name: name, log: errors, output: output, input: inputFile, environment: environment)
    defer { program.stop() }
    do {
      let end = try await program.waitForEnd(within: patience)
      return CommandResult(end: end, output: readText(output), errors: readText(errors))
    } catch {
      throw TestFailure(error: error, logs: "\(readText(output))\n\(program.logTail)")
    }
  }
}

extension RunningCluster {
  /// Runs `augury` against this cluster.
  func augury(
    _ arguments: String..., input: String = "", within patience: Duration = .seconds(60)
  ) async throws -> CommandResult {
    try await runCommand(
      "\(Programs.folder)/augury", arguments + ["--broker", self.endpoints.frontend], input: input, within: patience)
  }
}

/// The SHA-256 of a file, by a program that is not ours.
func sha256(_ path: String) async throws -> String {
  let result = try await runCommand("/usr/bin/sha256sum", [path])
  return result.output.split(separator: " ").first.map(String.init) ?? ""
}

/// Bytes as hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
