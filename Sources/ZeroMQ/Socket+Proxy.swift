// libzmq's own message pump, the yardstick for anything that forwards messages.

import CZMQ

extension Socket {
  /// Passes messages between two sockets, both ways, until their context is shut down.
  ///
  /// A ROUTER among them is best made without `routerMandatory`: with it, a reply to a peer that has left ends the
  /// proxy.
  ///
  /// - Throws: `ZMQError` for anything but the end of the context.
  public static func proxy(frontend: borrowing Socket, backend: borrowing Socket) throws(ZMQError) {
    while unsafe zmq_proxy(frontend.handle.raw, backend.handle.raw, nil) != 0 {
      switch zmq_errno() {
      case EINTR: continue
      case ETERM: return
      default: throw ZMQError.last("zmq_proxy")
      }
    }
  }
}
