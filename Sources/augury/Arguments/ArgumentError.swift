/// Why the value of an option is no good. The command line says which option and which value.
struct ArgumentError: Error, Equatable, CustomStringConvertible {
  /// What is wrong and what was expected, without an end mark.
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
