import ArgumentParser

/// A name and a text, as `NAME=TEXT`.
struct LabelArgument: ExpressibleByArgument, Equatable {
  var name: String
  var value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    self.name = String(argument[..<sign])
    self.value = String(argument[argument.index(after: sign)...])
  }
}

/// A name and a number, as `NAME=NUMBER`.
struct MetricArgument: ExpressibleByArgument, Equatable {
  var name: String
  var value: Double

  init?(argument: String) {
    guard let label = LabelArgument(argument: argument), let value = Double(label.value), value.isFinite else {
      return nil
    }
    self.name = label.name
    self.value = value
  }
}
