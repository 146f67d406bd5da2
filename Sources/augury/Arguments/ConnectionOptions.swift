import ArgumentParser
import AuguryClient
import Glibc

/// Where the broker is. Stands before or after the command's name.
struct ConnectionOptions: ParsableArguments {
  static let standardBroker = "tcp://127.0.0.1:5555"

  @Option(help: ArgumentHelp("The broker's endpoint for clients.", valueName: "endpoint"))
  var broker: String?

  /// The endpoint to use: the option here, the option before the command's name, the environment, the standard one.
  func endpoint(outer: ConnectionOptions) -> String {
    self.broker ?? outer.broker ?? Self.environment("AUGURY_BROKER") ?? Self.standardBroker
  }

  /// An environment variable; nil if it is not there or empty.
  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}

/// A command that needs the broker.
protocol BrokerCommand: AsyncParsableCommand {
  var root: AuguryCommand { get }
  var connection: ConnectionOptions { get }

  /// Does the command's work; what it throws is told and decides the exit code.
  func run(with client: AuguryClient) async throws
}

extension BrokerCommand {
  func run() async throws {
    try await CommandEnd.told {
      var options = AuguryClient.Options()
      // The connection is new with every command; the broker's own word on a short deadline is worth waiting for it.
      options.grace = .seconds(1)
      let client = try AuguryClient(
        broker: self.connection.endpoint(outer: self.root.connection), options: options)
      do {
        try await self.run(with: client)
      } catch {
        await client.close()
        throw error
      }
      await client.close()
    }
  }
}
