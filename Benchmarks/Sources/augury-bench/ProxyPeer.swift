import ArgumentParser
import ZeroMQ

/// The thing to compare with: `zmq_proxy` between a ROUTER and a DEALER. Prints its two endpoints, then forwards.
struct ProxyPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "proxy", shouldDisplay: false)

  func run() throws {
    let context = try Context(zeroCopyReceive: true)
    let frontend = try Socket(.router, in: context, options: SocketOptions { $0.routerMandatory = false })
    let backend = try Socket(.dealer, in: context)
    try frontend.bind("tcp://127.0.0.1:*")
    try backend.bind("tcp://127.0.0.1:*")
    print("\(try frontend.lastEndpoint()) \(try backend.lastEndpoint())")
    FileOutput.flush()
    try Socket.proxy(frontend: frontend, backend: backend)
  }
}
