import QueueCore
import Testing

extension Cluster {
  /// What no client should send: it is answered where it can be, counted always, and never stops the broker.
  @Suite struct HostileClientTests {
    /// A well-formed header part of each command that a client may send.
    private static let headers: [(command: Command, header: [UInt8])] = [
      (.request, RawPeer.request(77, selector: "1", parts: 0)),
      (.cancel, CancelHeader(request: RequestID(77)).encoded.array),
      (.control, ControlHeader(request: RequestID(77), method: "status", parts: 0).encoded),
      (.ping, PingHeader(nonce: 77).encoded.array),
    ]

    @Test("Every command cut off at every byte is answered as malformed, by its number where it has one")
    func truncated() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let peer = try RawPeer(to: cluster.endpoints.frontend)
        var sent: [(command: Command, length: Int)] = []
        for (command, header) in Self.headers {
          // Without the byte for its routing key, a REQUEST is a whole one.
          for length in 0..<(command == .request ? header.count - 1 : header.count) {
            try peer.send([Array(header.prefix(length))])
            sent.append((command, length))
          }
        }
        let units = try await peer.unitsUntilPong(nonce: 1)
        try #require(units.count == sent.count)
        for (unit, (command, length)) in zip(units, sent) {
          try Self.expectMalformed(unit, "\(command) of \(length) bytes", request: length >= 16 ? 77 : 0)
        }
        #expect(try await cluster.counter("messages_malformed") == sent.count)
        try await Self.expectService(cluster)
      }
    }

    @Test("Wrong magic, commands of others, values and names that cannot be, and missing parts are named")
    func damaged() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let peer = try RawPeer(to: cluster.endpoints.frontend)
        let good = RawPeer.request(9, model: "echo", parts: 1)
        func damaged(_ offset: Int, _ byte: UInt8) -> [UInt8] {
          var header = good
          header[offset] = byte
          return header
        }
        let messages: [(what: String, parts: [[UInt8]], words: [String])] = [
          ("magic", [damaged(0, 0x4D), [1]], ["0x4d554701", "0x41554701"]),
          ("protocol version", [damaged(3, 2), [1]], ["0x41554702"]),
          ("unknown command", [damaged(4, 0x7F), [1]], ["0x7f"]),
          ("worker's command", [damaged(4, 0x13), [1]], ["RESULT"]),
          ("broker's command", [damaged(4, 0x81), [1]], ["REPLY"]),
          ("class", [damaged(7, 9), [1]], ["class", "9", "0 to 3"]),
          ("content type", [damaged(24, 7), [1]], ["content type", "7", "0 to 3"]),
          ("negative time-out", [damaged(16, 0x80), [1]], ["timeout"]),
          ("name", [damaged(26, 0x20), [1]], ["model", "128"]),
          ("announced parts", [damaged(6, 200), [1]], ["parts", "200"]),
          ("too much content", [damaged(6, 65)] + Array(repeating: [1], count: 65), ["64"]),
          ("missing parts", [damaged(6, 3), [1]], ["3", "1"]),
          ("no parts", [good], ["1", "0"]),
        ]
        for message in messages { try peer.send(message.parts) }
        let units = try await peer.unitsUntilPong(nonce: 2)
        try #require(units.count == messages.count)
        for (unit, message) in zip(units, messages) {
          try Self.expectMalformed(unit, message.what, request: 9, words: message.words)
        }
        try await Self.expectService(cluster)
      }
    }

    @Test("A message of as many parts as are allowed is read, one of more is refused")
    func parts() async throws {
      try await RunningCluster.run { cluster in
        let peer = try RawPeer(to: cluster.endpoints.frontend)
        let pings = (1...1024).map { PingHeader(nonce: UInt64($0)).encoded.array }
        try peer.send(pings)
        for nonce in 1...1024 {
          let header = try await peer.receive().header
          let pong = try PingHeader(decoding: header.span.bytes)
          try #require(pong.nonce == UInt64(nonce))
        }
        try peer.send(pings + [PingHeader(nonce: 0).encoded.array])
        let refusal = try await peer.receive()
        try Self.expectMalformed(refusal, "1025 parts", request: 0, words: ["1024"])
        _ = try await peer.unitsUntilPong(nonce: 5)
      }
    }

    @Test("What stands before a damaged unit in the same message is done")
    func mixed() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let peer = try RawPeer(to: cluster.endpoints.frontend)
        try peer.send([
          RawPeer.request(1), Array("first".utf8), RawPeer.request(2), Array("second".utf8), [0xFF, 0xFF],
          RawPeer.request(3), Array("lost".utf8),
        ])
        var answers: [UInt64: StatusCode] = [:]
        while answers.count < 3 {
          let reply = try await peer.receive(.reply).reply()
          answers[reply.request.rawValue] = reply.status
        }
        #expect(answers == [1: .ok, 2: .ok, 0: .invalidArgument])
        #expect(try await peer.unitsUntilPong(nonce: 3).isEmpty)
      }
    }

    @Test("2,000 messages of random bytes leave the broker as it was")
    func random() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let peer = try RawPeer(to: cluster.endpoints.frontend)
        var noise = Noise(seed: 2024)
        for _ in 0..<2000 { try peer.send(noise.message(commands: Command.allCases)) }
        let units = try await peer.unitsUntilPong(nonce: 4)
        let replies = try units.filter { $0.command == .reply }.map { try $0.reply() }
        #expect(replies.count > 1000)
        #expect(replies.allSatisfy { [.invalidArgument, .unimplemented, .notFound].contains($0.status) })
        let malformed = replies.count { $0.status == .invalidArgument }
        #expect(try await cluster.counter("messages_malformed") >= malformed / 2)
        try await Self.expectService(cluster)
      }
    }

    @Test("The same number twice is one request")
    func duplicates() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "300ms"]))
        let peer = try RawPeer(to: cluster.endpoints.frontend)
        for _ in 0..<3 { try peer.send(RawPeer.request(5), Array("once".utf8)) }
        let answer = try await peer.receive(.reply)
        #expect(try answer.reply().status == .ok)
        #expect(try await peer.unitsUntilPong(nonce: 6).isEmpty)
        #expect(try await cluster.counter("requests_duplicate") == 2)
        // Once it has ended the number is free again.
        try peer.send(RawPeer.request(5), Array("again".utf8))
        #expect(try await peer.receive(.reply).payload.last == Array("again".utf8))
      }
    }

    private static func expectMalformed(
      _ unit: RawPeer.Unit, _ what: String, request: UInt64, words: [String] = [],
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let reply = try unit.reply()
      let detail = try unit.detail()
      #expect(reply.status == .invalidArgument, "\(what)", sourceLocation: sourceLocation)
      #expect(reply.request == RequestID(request), "\(what)", sourceLocation: sourceLocation)
      #expect(detail.reason == "MALFORMED", "\(what)", sourceLocation: sourceLocation)
      for word in words {
        #expect(detail.message.contains(word), "\(what): \(detail.message)", sourceLocation: sourceLocation)
      }
    }

    private static func expectService(_ cluster: RunningCluster) async throws {
      #expect(try await cluster.client.ask("still here").text() == "still here")
    }
  }
}
