/// Which share of a model's predictions is captured, and how much of that is kept.
public struct CaptureSetting: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The share of its predictions, above 0 and up to 1.
  public var share: Double
  /// All segments together, in bytes.
  public var maximumBytes: Int
  /// The greatest segment, in bytes.
  public var segmentBytes: Int
  /// Seconds after which a segment is closed.
  public var segmentSeconds: Double

  /// Says what is captured.
  public init(model: String, share: Double, maximumBytes: Int, segmentBytes: Int, segmentSeconds: Double) {
    self.model = model
    self.share = share
    self.maximumBytes = maximumBytes
    self.segmentBytes = segmentBytes
    self.segmentSeconds = segmentSeconds
  }
}

/// Where the cluster keeps which models' predictions are captured. Every call is one transaction.
public protocol CaptureStore: Sendable {
  /// Has predictions of a model captured, or changes how.
  func setCapture(_ setting: CaptureSetting) async throws(StoreError)

  /// Ends the capture of a model's predictions; false if there was none.
  func removeCapture(of model: String) async throws(StoreError) -> Bool

  /// The models whose predictions are captured, in alphabetical order.
  func captures() async throws(StoreError) -> [CaptureSetting]
}
