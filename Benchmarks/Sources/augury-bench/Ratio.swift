import Foundation

/// Ratios of one comparison, printed for people and for programs.
struct Ratio {
  var name: String
  var values: [Double]

  func print() {
    let ordered = self.values.sorted()
    guard let first = ordered.first, let last = ordered.last else { return }
    let median = ordered[ordered.count / 2]
    Swift.print(String(format: "bench: %@ ratio=%.3f min=%.3f max=%.3f", self.name, median, first, last))
    FileOutput.flush()
  }
}
