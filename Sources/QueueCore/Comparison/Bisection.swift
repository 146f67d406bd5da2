/// Where a condition begins to hold, found by halving.
enum Bisection {
  /// Halvings that bring any two doubles of the size of probabilities together.
  private static let steps = 64

  /// The end of what is inside: a number between `inside`, where `isOutside` must not hold, and `outside`, next to the
  /// place where it begins to hold, on the outer side; `outside` itself if it does not even hold there.
  static func boundary(inside: Double, outside: Double, _ isOutside: (Double) -> Bool) -> Double {
    guard isOutside(outside) else { return outside }
    var inside = inside
    var outside = outside
    for _ in 0..<Self.steps {
      let middle = inside + (outside - inside) / 2
      guard middle != inside, middle != outside else { break }
      if isOutside(middle) {
        outside = middle
      } else {
        inside = middle
      }
    }
    return outside
  }
}
