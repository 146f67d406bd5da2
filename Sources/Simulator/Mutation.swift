/// A bug that can be planted between the core and the world, to see that the properties notice it.
public enum Mutation: String, CaseIterable, Sendable {
  /// A reply is not sent now and then.
  case swallowReply
  /// A reply is sent twice now and then.
  case doubleReply
  /// Work of a lost worker is not handed out again.
  case dropRetry
  /// A payload is released twice now and then.
  case doubleRelease
  /// A payload is not released now and then.
  case skipRelease
  /// A result's payload is released before the reply that uses it.
  case releaseBeforeReply
  /// Payloads of work that was handed out twice are never released.
  case forgetReleaseAfterLoss
  /// The limits are not looked at.
  case ignoreLimits
  /// Workers get more than they granted.
  case ignoreCredit
  /// Deadlines are taken for later than they are.
  case extendDeadlines
  /// The broker does not ask to be woken.
  case oversleep
  /// What a worker says about an earlier attempt is believed.
  case believeLateResults
  /// What a worker says about the work of another one is believed.
  case believeStrangers
  /// The lower class is served like the upper one.
  case mixClasses
  /// The lower class is served when nothing of the upper one waits.
  case starveLowerClass
  /// Of two requests that are handed out together, the second goes first.
  case swapOrder
  /// A request is handed to another version than it asks for.
  case confuseVersions
  /// What a worker says about work that nobody waits for is not taken notice of.
  case leakSlots
  /// Workers are not told of work that nobody waits for.
  case forgetCancels
  /// A reply has another status than its worker gave it.
  case distortReplies
  /// A worker in good standing is told to go.
  case dismissHonest
  /// Nobody's silence is noticed.
  case ignoreSilence
  /// Nobody is taken for stuck.
  case ignoreStuck
  /// Workers are taken for stuck too early.
  case dismissBusy
  /// Bulk requests are tried as often as interactive ones, and once more.
  case insistOnBulk
  /// A cancelled request is blamed on its workers.
  case refuseFalsely
  /// A request is refused for a queue that is not that slow.
  case exaggerate
  /// Requests wait for a version that nobody serves.
  case ignoreOrphans
  /// An ended request is not counted now and then.
  case miscount
  /// Requests wait although a worker could take them.
  case sleepOnWork
  /// The broker wants to be woken all the time.
  case wakeAlways
  /// A worker answers its work twice now and then.
  case answerTwice
  /// All requests of a route go to its first version.
  case ignoreWeights
  /// Routing keys and clients are not looked at.
  case forgetKeys
  /// With every change of a route all keys are hashed anew.
  case reshuffleKeys
  /// Nobody stands in for a version without workers, whatever the route says.
  case ignoreFallback
  /// Copies are handed out like the requests they were made of.
  case copyLoudly
  /// What one side of a comparison ended with is lost now and then.
  case swallowOutcome
  /// A reply names an epoch before its own.
  case staleEpochs
  /// Predictions get numbers that others have had.
  case repeatNumbers

  /// The property that this bug violates.
  public var property: String {
    switch self {
    case .swallowReply, .doubleReply: "ExactlyOneReply"
    case .dropRetry: "NoLostWork"
    case .doubleRelease, .skipRelease, .releaseBeforeReply, .forgetReleaseAfterLoss: "PayloadReleasedOnce"
    case .ignoreLimits, .insistOnBulk: "LimitsHold"
    case .ignoreCredit: "CreditNeverExceeded"
    case .extendDeadlines: "DeadlinesRespected"
    case .believeLateResults: "LateResultsFenced"
    case .believeStrangers: "NoReplyFromStranger"
    case .mixClasses: "ClassOrder"
    case .starveLowerClass: "NoStarvation"
    case .swapOrder: "OrderWithinClass"
    case .confuseVersions: "AskedVersionServes"
    case .leakSlots: "QuietAfterHealing"
    case .forgetCancels: "CancelsReachWorkers"
    case .distortReplies: "ReplyIsFaithful"
    case .dismissHonest: "DismissedWithCause"
    case .ignoreSilence, .oversleep: "SilenceNoticed"
    case .ignoreStuck, .dismissBusy: "StuckNoticed"
    case .refuseFalsely: "RefusedWithCause"
    case .exaggerate: "EstimatesAreFair"
    case .ignoreOrphans: "OrphansAnswered"
    case .miscount: "CountersAddUp"
    case .sleepOnWork: "NoIdleWhileWaiting"
    case .wakeAlways: "NoSpinning"
    case .answerTwice: "WorkAnsweredOnce"
    case .ignoreWeights: "WeightsRespected"
    case .forgetKeys: "KeysStick"
    case .reshuffleKeys: "MovedShareMinimal"
    case .ignoreFallback: "FallbackAsAllowed"
    case .copyLoudly: "ShadowStaysApart"
    case .swallowOutcome: "ComparisonsComplete"
    case .staleEpochs: "EpochsMonotonic"
    case .repeatNumbers: "PredictionsNamedOnce"
    }
  }
}
