import AuguryClient
import Testing

extension Cluster {
  /// What a broker takes of the machine when it has nothing to do.
  @Suite struct FootprintTests {
    @Test("An idle broker gives back the pages that only its start needed, and serves as before")
    func startupPages() async throws {
      try await RunningCluster.run { cluster in
        let atStart = try Self.fileBytes(of: cluster.broker.pid)
        try await eventually("pages of files to be given back") {
          try Self.fileBytes(of: cluster.broker.pid) < atStart * 3 / 4
        }
        _ = try await cluster.startWorker(.echo("a"))
        let outcomes = try await sendAll(["one", "two"], to: cluster.client)
        #expect(outcomes.replies.count == 2)
        // Its own memory is as it was, whatever was given back.
        #expect(try await cluster.client.workers().map(\.name) == ["a"])
      }
    }

    /// Resident bytes of a process that are in files.
    private static func fileBytes(of pid: Int32) throws -> Int {
      let line = readText("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("RssFile:") }
      let words = try #require(line).split(whereSeparator: \.isWhitespace)
      return try #require(words.count == 3 ? Int(words[1]) : nil) * 1024
    }
  }
}
