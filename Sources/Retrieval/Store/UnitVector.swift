extension [Float] {
  /// The vector at length 1; nil where it has no direction. One whose length is 1 stays what it is, to
  /// the bit.
  package var ofLengthOne: [Float]? {
    let square = reduce(0.0) { $0 + Double($1) * Double($1) }
    guard square > 0, square.isFinite else { return nil }
    guard abs(square - 1) > 1e-5 else { return self }
    let length = square.squareRoot()
    return map { Float(Double($0) / length) }
  }
}
