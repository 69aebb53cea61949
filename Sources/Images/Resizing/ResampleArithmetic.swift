/// The arithmetic in which Pillow weighs samples, one kind for each sample type.
protocol ResampleArithmetic {
  associatedtype Sample: Sendable
  associatedtype Weight: Sendable

  static func weight(_ value: Double) -> Weight

  /// Filters along the rows in `rows`.
  ///
  /// `source` begins at column `firstColumn` of the image that the weights count in.
  static func horizontal(
    _ source: Grid<Sample>, _ weights: ResampleWeights<Self>, rows: Range<Int>, firstColumn: Int
  ) -> Grid<Sample>

  /// Filters down the columns in `columns`.
  ///
  /// `source` begins at row `firstRow` of the image that the weights count in.
  static func vertical(
    _ source: Grid<Sample>, _ weights: ResampleWeights<Self>, columns: Range<Int>, firstRow: Int
  ) -> Grid<Sample>
}
