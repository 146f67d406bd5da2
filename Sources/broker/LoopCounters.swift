/// What the loop itself counts: traffic that never became an event of the core.
struct LoopCounters: Sendable {
  /// Messages or units that are not of the protocol.
  var malformed: UInt64 = 0
  /// Messages for which there was no room.
  var arenaFull: UInt64 = 0
  /// Replies whose client had gone.
  var repliesUndeliverable: UInt64 = 0
  /// Replies to clients that do not read theirs.
  var clientsNotReading: UInt64 = 0
  /// Parts that found their peer gone in the middle of a message.
  var sendsCutShort: UInt64 = 0
  /// Control calls refused because too many were under way.
  var controlRefused: UInt64 = 0
  /// Messages to workers that could not be delivered.
  var workersUnreachable: UInt64 = 0
  /// Pairs of a request and its copy that were not compared because too many waited for it.
  var comparisonsDropped: UInt64 = 0

  /// Predictions that were not remembered because they are too large.
  var predictionsTooLarge: UInt64 = 0

  var named: [(name: String, value: UInt64)] {
    [
      ("messages_malformed", self.malformed), ("messages_without_room", self.arenaFull),
      ("replies_undeliverable", self.repliesUndeliverable), ("clients_not_reading", self.clientsNotReading),
      ("sends_cut_short", self.sendsCutShort),
      ("control_calls_refused", self.controlRefused), ("workers_unreachable", self.workersUnreachable),
      ("comparisons_dropped", self.comparisonsDropped), ("predictions_too_large", self.predictionsTooLarge),
    ]
  }
}
