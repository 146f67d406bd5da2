/// What a header part asks or tells: the byte after the magic.
public enum Command: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// Client to broker: predict.
  case request = 0x01
  /// Client to broker: give a request up.
  case cancel = 0x02
  /// Client to broker: a question or order to the broker itself.
  case control = 0x03
  /// Client to broker: are you there?
  case ping = 0x04

  /// Worker to broker: I am here, loading.
  case join = 0x11
  /// Worker to broker: loaded, warmed up, here is my credit.
  case ready = 0x12
  /// Worker to broker: the outcome of one piece of work.
  case result = 0x13
  /// Worker to broker: alive, and my figures.
  case heartbeat = 0x14
  /// Worker to broker: send me nothing new, I am finishing.
  case draining = 0x15
  /// Worker to broker: gone.
  case goodbye = 0x16

  /// Broker to client: how a request ended.
  case reply = 0x81
  /// Broker to client: the answer to a ping.
  case pong = 0x84

  /// Broker to worker: you are joined, this is your session.
  case welcome = 0x91
  /// Broker to worker: do this.
  case work = 0x92
  /// Broker to worker: this need not be done any more.
  case cancelWork = 0x93
  /// Broker to worker: alive.
  case brokerHeartbeat = 0x94
  /// Broker to worker: finish what you have and leave.
  case drain = 0x95
  /// Broker to worker: you are not, or no longer, a member, and why.
  case disconnect = 0x96

  /// The command's name as the protocol's text writes it, for example `CANCEL_WORK`.
  public var name: String {
    switch self {
    case .request: "REQUEST"
    case .cancel: "CANCEL"
    case .control: "CONTROL"
    case .ping: "PING"
    case .join: "JOIN"
    case .ready: "READY"
    case .result: "RESULT"
    case .heartbeat: "HEARTBEAT"
    case .draining: "DRAINING"
    case .goodbye: "GOODBYE"
    case .reply: "REPLY"
    case .pong: "PONG"
    case .welcome: "WELCOME"
    case .work: "WORK"
    case .cancelWork: "CANCEL_WORK"
    case .brokerHeartbeat: "BROKER_HEARTBEAT"
    case .drain: "DRAIN"
    case .disconnect: "DISCONNECT"
    }
  }
}

/// How urgent a request is, in order. Serving is strict by class, with a small share kept for the lower ones.
public enum RequestClass: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// Somebody waits for the answer.
  case online = 0
  /// A copy of an online request, for comparison.
  case shadow = 1
  /// A chunk of a batch job.
  case batch = 2
  /// A tuning trial.
  case tuning = 3

  /// The class's name, for example `online`.
  public var name: String {
    switch self {
    case .online: "online"
    case .shadow: "shadow"
    case .batch: "batch"
    case .tuning: "tuning"
    }
  }

  /// The lane this class travels in.
  public var lane: Lane {
    switch self {
    case .online, .shadow: .interactive
    case .batch, .tuning: .bulk
    }
  }
}

/// Which of a worker's two credits a request takes. A worker looks for interactive work between pieces of bulk work.
public enum Lane: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// Many small requests that are batched together.
  case interactive = 0
  /// Few large ones, each run on its own.
  case bulk = 1

  var index: Int { Int(self.rawValue) }
}

/// How the payload parts of a request or reply are to be read. The broker never reads them.
public enum ContentType: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// Bytes that only the model understands.
  case octets = 0
  /// One part: an Open Inference Protocol v2 document or `{"instances": …}`.
  case json = 1
  /// An Open Inference Protocol v2 header part, then one raw part a tensor.
  case tensors = 2
  /// One part of JSON Lines, one instance a line; the reply has one line a predicted row, and a second part with
  /// one line a row that could not be predicted.
  case jsonLines = 3

  /// The media type, for people and for HTTP.
  public var mediaType: String {
    switch self {
    case .octets: "application/octet-stream"
    case .json: "application/json"
    case .tensors: "application/vnd.augury.tensors"
    case .jsonLines: "application/jsonl"
    }
  }
}
