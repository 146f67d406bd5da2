import AuguryClient
import QueueCore

/// What the services ask of the loop, through its mailbox. Indirect for the same reason as ``LoopReport``: an event of
/// each worker is published.
indirect enum LoopCommand: Sendable {
  /// Answer a control call.
  case answer(ControlCall, Result<[UInt8], PredictionError>)
  /// Send an event to the subscribers.
  case publish(topic: String, body: [UInt8])
  /// Look at everything.
  case snapshot(@Sendable (ClusterSnapshot) -> Void)
  /// Put this table of routes and aliases in force, whole, for all requests that come from now on; the answer is what
  /// is wrong with it, if anything is.
  case setRoutes(RouteTable, @Sendable (RouteError?) -> Void)
  /// Have a worker finish and leave; the answer is whether a worker of this name was found.
  case drainWorker(name: String, @Sendable (Bool) -> Void)
  /// Have all workers of a version finish and leave; the answer is their names.
  case drainVersion(model: String, version: String, @Sendable ([String]) -> Void)
  /// Leave the predictions of these models, and of no others, in the inbox.
  case observe(Set<String>)
  /// Leave predictions of these models that the samplers choose, and of no others, in the capture's inbox.
  case capture([String: CaptureSampler])
  /// Workers of a version must serve this artifact, or may serve any again; the version becomes known.
  case setArtifact(model: String, version: String, Artifact?)
  /// Refuse new requests, finish the others until this many milliseconds have passed, then end.
  case shutDown(graceMilliseconds: UInt64)
}

/// A client's call to the broker itself, handed from the loop to the services and back.
struct ControlCall: Sendable {
  var client: PeerID
  var request: RequestID
  var method: String
  var body: [UInt8]
}

/// What the loop tells the services. Indirect, since the queue of reports keeps the room it once had: many workers that
/// come at once are to leave a word behind for each of their reports, not the room for the largest kind.
indirect enum LoopReport: Sendable {
  /// A client calls.
  case call(ControlCall)
  /// Something happened that people and subscribers want to know.
  case event(ClusterEvent)
  /// A worker was refused for what it serves.
  case workerRejected(WorkerRejection)
  /// A version has a ready worker, with this artifact and signature.
  case versionReady(model: String, version: String, digest: [UInt8], signature: [UInt8])
  /// A request and its copy have both ended. Whoever takes it says ``ShadowQuota/giveBack()`` when it is done with it.
  case shadow(ShadowPair)
}

/// Something that happened to a worker or a request.
struct ClusterEvent: Sendable {
  var note: Note
  /// The model and version it is about.
  var model: String
  var version: String
  /// The worker it is about, if it is about one.
  var worker: String?
}

/// Everything the loop knows, at one moment.
struct ClusterSnapshot: Sendable {
  struct Version: Sendable {
    var model: String
    var version: String
    var digest: [UInt8]
    var view: Broker.VersionView
    var totals: WorkerFigures
    var figures: VersionFigures
  }

  struct Worker: Sendable {
    var model: String
    var version: String
    var entry: WorkerDirectory.Entry
    var view: WorkerView
    var figures: WorkerFigures?
  }

  var versions: [Version]
  var workers: [Worker]
  var routes: RouteTable
  var counters: [(name: String, value: UInt64)]
  var isDraining: Bool
}
