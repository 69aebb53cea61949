/// Resizes a grid as Pillow 13 does, in two passes with rounding between them, and computes only
/// the part of the result that is wanted: cropping afterwards would give the same samples.
struct Resample<Arithmetic: ResampleArithmetic> {
  typealias Samples = Grid<Arithmetic.Sample>
  typealias Weights = ResampleWeights<Arithmetic>

  /// The part within `window` of `source` resized to `size`.
  static func resample(
    _ source: Samples, to size: PixelSize, filter: ResampleFilter, window: PixelWindow
  ) -> Samples {
    // An axis that keeps its length is not filtered.
    let columns =
      source.width == size.width
      ? nil
      : Weights(
        filter: filter, inputSize: source.width, outputSize: size.width, outputs: window.columns)
    let rows =
      source.height == size.height
      ? nil
      : Weights(
        filter: filter, inputSize: source.height, outputSize: size.height, outputs: window.rows)

    // The order shows in the rounding. Vertical comes first if the height shrinks by more than
    // twice what the width does.
    let heightLoss = source.height - size.height
    let isVerticalFirst = heightLoss > 0 && heightLoss > 2 * (source.width - size.width)
    // What the second pass will not read, the first need not make.
    let sourceWindow = PixelWindow(
      columns: columns?.inputs ?? window.columns, rows: rows?.inputs ?? window.rows)

    if isVerticalFirst {
      let strip =
        rows.map { Arithmetic.vertical(source, $0, columns: sourceWindow.columns, firstRow: 0) }
        ?? source.cropped(to: sourceWindow)
      return columns.map {
        Arithmetic.horizontal(
          strip, $0, rows: 0..<strip.height, firstColumn: sourceWindow.columns.lowerBound)
      } ?? strip
    }
    let strip =
      columns.map { Arithmetic.horizontal(source, $0, rows: sourceWindow.rows, firstColumn: 0) }
      ?? source.cropped(to: sourceWindow)
    return rows.map {
      Arithmetic.vertical(
        strip, $0, columns: 0..<strip.width, firstRow: sourceWindow.rows.lowerBound)
    } ?? strip
  }
}
