import ArgumentParser

/// A model, and maybe its version, as `MODEL[@VERSION]`.
struct ModelSelector: ExpressibleByArgument, Equatable {
  var model: String
  var version: String?

  init?(argument: String) {
    let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let model = parts.first, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.model = String(model)
    self.version = parts.count > 1 ? String(parts[1]) : nil
  }

  var defaultValueDescription: String {
    self.version.map { "\(self.model)@\($0)" } ?? self.model
  }
}
