import Testing

extension Cluster {
  /// The client that the protocol's document prints, run as it stands by Python against the real broker.
  @Suite struct PythonClientTests {
    @Test("The document's client gets predictions, and refusals with their reason")
    func document() async throws {
      let script = try Self.script()
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("1", "a"), .digits("2", "b"))
        let file = "\(cluster.folder)/client.py"
        try writeText(script, to: file)
        func run(_ arguments: String...) async throws -> CommandResult {
          var variables = Programs.childEnvironment
          variables["PYTHONPATH"] = Programs.pythonPackages
          let result = try await runCommand(
            "/usr/bin/env", ["python3", file, cluster.endpoints.frontend] + arguments, environment: variables)
          #expect(!result.errors.contains("No module named"), "`make setup` fetches pyzmq\n\(result.errors)")
          return result
        }
        let first = try await run("digits", "1", "[\(rows[0]),\(rows[1])]")
        #expect(first.end == .exited(0), "\(first.errors)")
        #expect(first.errors.contains("digits@1 on a"), "\(first.errors)")
        #expect(first.lines.first == "OK")
        let reply = try decode(try #require(first.lines.last), as: InstancesReply.self)
        expectAgreement(reply.predictions, with: Array(try Digits.reference(version: "1").prefix(2)))

        let highest = try await run("digits", "", Digits.instances(rows.prefix(1)))
        #expect(highest.errors.contains("digits@2 on b"), "\(highest.errors)")

        let refused = try await run("digits", "2", "[[1,2,3]]")
        #expect(refused.end == .exited(1))
        #expect(refused.lines.first == "INVALID_ARGUMENT")
        #expect(refused.lines.last?.hasPrefix("WRONG_SHAPE: ") == true, "\(refused.output)")
        let unknown = try await run("letters", "", "[[1]]")
        #expect(unknown.lines.first == "NOT_FOUND")
        #expect(unknown.lines.last?.contains("known models: digits") == true, "\(unknown.output)")
      }
    }

    /// What stands in the document's block for Python's client.
    private static func script() throws -> String {
      let document = readText("\(Programs.packageRoot)/docs/PROTOCOL.md")
      let parts = document.split(separator: "```python client\n", maxSplits: 1, omittingEmptySubsequences: false)
      try #require(parts.count == 2, "docs/PROTOCOL.md has a block ```python client")
      let block = try #require(parts[1].split(separator: "\n```", maxSplits: 1).first)
      return String(block) + "\n"
    }
  }
}
