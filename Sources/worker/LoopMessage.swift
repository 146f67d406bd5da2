import QueueCore

/// What other threads tell the one that leads.
enum LoopMessage: Sendable {
  /// The model is loaded and a warm-up prediction passed.
  case loaded(LoadedEngine)
  /// The model cannot be served, or no longer, and why.
  case engineFailed(String)
  /// Requests are answered, after these runs of the engine.
  case computed([ComputeResult], [EngineCall])
  /// The process was told to finish and leave.
  case drain
}

/// What the broker is told about a model that is ready.
struct Announcement: Sendable {
  /// What READY says.
  var readiness: WorkerSession.Readiness
  /// READY's payload: names, types and shapes of inputs and outputs as JSON.
  var signature: [UInt8]
}

/// How a worker's life ended.
enum WorkerEnd: Equatable, Sendable {
  /// It was asked to leave and has finished everything.
  case drained
  /// The broker refused or dismissed it.
  case refused(String)
  /// Its model cannot be served, or no longer.
  case engineFailed(String)
  /// An engine call does not end, whatever it is told.
  case engineHangs(String)
}
