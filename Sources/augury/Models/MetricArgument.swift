/// A name and a number, as `NAME=NUMBER`.
struct MetricArgument: Equatable {
  var name: String
  var value: Double

  /// Throws ``ArgumentError``.
  init(_ text: String) throws(ArgumentError) {
    guard let pair = try? LabelArgument(text), let value = Double(pair.value), value.isFinite else {
      throw ArgumentError("expected a name and a number, as accuracy=0.97")
    }
    self.name = pair.key
    self.value = value
  }
}
