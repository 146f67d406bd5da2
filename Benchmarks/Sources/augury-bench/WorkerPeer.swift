import ArgumentParser
import QueueCore
import ZeroMQ

/// A worker that sends every payload back; the same loop for both wires, but for the header it must answer with.
struct WorkerPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @Option var connect: String
  @Option var wire: Wire
  @Option var name = "bench"
  @Option var version = "1"
  @Option var credit: UInt16 = 128
  @Option var bulkCredit: UInt16 = 0
  /// Workers in this one process, each with a connection of its own.
  @Option var count = 1

  func run() throws {
    OpenFiles.raiseLimit()
    let context = try Context(maxSockets: self.count + 16, zeroCopyReceive: true)
    var arena = MessageArena(limit: 65_536)
    var wakes = try WakeSet()
    let members = try (0..<self.count).map { index in
      let member = try Member(context, self.connect)
      try wakes.add(try member.socket.fileDescriptor(), index: index)
      if self.wire == .augury { try self.join(member.socket, name: "\(self.name)-\(index)") }
      return member
    }
    if self.wire == .bare { Self.sayReady() }
    var ready = 0
    var beatDue = MonotonicClock.nanoseconds + 1_000_000_000
    // A descriptor tells of what came after the last look alone, so each member is looked at to begin with.
    var awake = Array(members.indices)
    while true {
      for index in awake {
        let member = members[index]
        let wasMember = member.session.rawValue != 0
        try self.answerAll(of: member, in: &arena)
        if !wasMember, member.session.rawValue != 0 {
          ready += 1
          if ready == self.count { Self.sayReady() }
        }
      }
      awake.removeAll(keepingCapacity: true)
      if MonotonicClock.nanoseconds >= beatDue {
        beatDue += 1_000_000_000
        for (index, member) in members.enumerated() where member.session.rawValue != 0 {
          try Self.beat(member.session, on: member.socket)
          awake.append(index)
        }
      } else {
        try wakes.wait(untilNanoseconds: beatDue, into: &awake)
      }
    }
  }

  private func answerAll(of member: Member, in arena: inout MessageArena) throws {
    while case .message(let message) = try arena.receive(from: member.socket, maxParts: 1024) {
      switch self.wire {
      case .bare: _ = try arena.sendChain(message.first, to: member.socket)
      case .augury: try self.answer(message.first, &member.session, in: &arena, on: member.socket)
      }
      arena.release(message.first)
    }
  }

  private final class Member {
    let socket: Socket
    var session = SessionID(0)

    init(_ context: Context, _ endpoint: String) throws {
      self.socket = try Socket(.dealer, in: context)
      try self.socket.connect(endpoint)
    }
  }

  /// Answers the units of one message of the broker, the results as units of one message, as a worker does.
  private func answer(
    _ first: PartRef, _ session: inout SessionID, in arena: inout MessageArena, on socket: borrowing Socket
  ) throws {
    var unit: PartRef? = first
    while let header = unit {
      let prefix = try Prefix(decoding: arena.bytes(of: header))
      let payload = arena.next(after: header)
      switch prefix.command {
      case .work:
        let work = try WorkHeader(decoding: arena.bytes(of: header))
        let result = ResultHeader(
          work: work.work, session: session, attempt: work.attempt, status: .ok, contentType: work.contentType,
          parts: work.parts, queueMicroseconds: 0, computeMicroseconds: 0)
        let rest = try Self.rest(after: payload, parts: work.parts, in: arena)
        _ = try socket.send(result.encoded.bytes, more: work.parts > 0 || rest != nil, wait: true)
        try Self.send(payload, parts: work.parts, more: rest != nil, in: &arena, on: socket)
        unit = rest
      case .welcome:
        session = try WelcomeHeader(decoding: arena.bytes(of: header)).session
        try self.ready(session, on: socket)
        unit = try Self.rest(after: payload, parts: Int(prefix.parts), in: arena)
      default:
        unit = try Self.rest(after: payload, parts: Int(prefix.parts), in: arena)
      }
    }
  }

  /// What follows so many parts.
  private static func rest(after payload: PartRef?, parts: Int, in arena: borrowing MessageArena) throws -> PartRef? {
    var part = payload
    for _ in 0..<parts {
      guard let present = part else { throw BenchError("a unit ends too early") }
      part = arena.next(after: present)
    }
    return part
  }

  private static func send(
    _ payload: PartRef?, parts: Int, more: Bool, in arena: inout MessageArena, on socket: borrowing Socket
  ) throws {
    var part = payload
    for index in 0..<parts {
      guard let current = part else { return }
      part = arena.next(after: current)
      _ = try arena.send(current, to: socket, more: more || index + 1 < parts)
    }
  }

  private func join(_ socket: borrowing Socket, name: String) throws {
    let join = JoinHeader(
      heartbeatMilliseconds: 1000, liveness: 10, processID: 1, model: "echo", version: self.version,
      name: name, host: "bench", engine: "echo")
    _ = try socket.send(join.encoded.span.bytes, wait: true)
  }

  private func ready(_ session: SessionID, on socket: borrowing Socket) throws {
    let ready = ReadyHeader(
      session: session, credit: self.credit, bulkCredit: self.bulkCredit, maxBatchSize: 1, loadMilliseconds: 0,
      digest: [])
    _ = try socket.send(ready.encoded.span.bytes, more: true, wait: true)
    _ = try socket.send("{}".utf8.span.bytes, wait: true)
  }

  /// The benchmark starts its clients after this line.
  private static func sayReady() {
    print("ready")
    FileOutput.flush()
  }

  static func beat(_ session: SessionID, on socket: borrowing Socket) throws {
    _ = try socket.send(SessionHeader(.heartbeat, session: session).encoded.bytes, wait: true)
  }
}
