/// Where one place of a resized line looks, and how much of each it takes.
struct GridTaps: Sendable {
  let indices: [Int]
  let weights: [Double]

  /// Of four places, by Keys' cubic; beyond the edge the nearest stands.
  init(cubic place: Int, of count: Int, from oldCount: Int) {
    let source = Self.source(of: place, of: count, from: oldCount)
    let floor = source.rounded(.down)
    let t = Double(source - floor)
    let first = Int(floor) - 1
    indices = (0..<4).map { min(max(first + $0, 0), oldCount - 1) }
    weights = [1 + t, t, 1 - t, 2 - t].map(Self.cubic)
  }

  /// Of the two nearest.
  init(linear place: Int, of count: Int, from oldCount: Int) {
    let source = max(Self.source(of: place, of: count, from: oldCount), 0)
    let first = min(Int(source), oldCount - 1)
    let t = Double(source - Float(first))
    indices = [first, min(first + 1, oldCount - 1)]
    weights = [1 - t, t]
  }

  /// A triangle as wide as the place is, or as the old places are, whichever is more.
  init(smooth place: Int, of count: Int, from oldCount: Int) {
    let scale = Double(oldCount) / Double(count)
    let support = max(scale, 1)
    let centre = scale * (Double(place) + 0.5)
    let first = max(Int(centre - support + 0.5), 0)
    let range = first..<min(Int(centre + support + 0.5), oldCount)
    let triangle = range.map { max(0, 1 - abs(Double($0) - centre + 0.5) / support) }
    let sum = triangle.reduce(0, +)
    indices = Array(range)
    weights = triangle.map { $0 / sum }
  }

  /// The middle of a place on the old line, in single precision as PyTorch computes it.
  private static func source(of place: Int, of count: Int, from oldCount: Int) -> Float {
    Float(oldCount) / Float(count) * (Float(place) + 0.5) - 0.5
  }

  private static func cubic(_ x: Double) -> Double {
    let a = -0.75
    return x <= 1
      ? ((a + 2) * x - (a + 3)) * x * x + 1
      : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  }
}

extension Tensor {
  /// Vectors on a grid that is so many columns wide, row by row, at the places of another one.
  func resampled(columns: Int, lines: [GridTaps], places: [GridTaps]) -> Tensor {
    let (width, newColumns) = (rowWidth, places.count)
    return Tensor(shape: [lines.count * newColumns, width]) { out in
      withElements { x in
        Parallel.forEach(lines.count * newColumns) { place in
          let (line, column) = (lines[place / newColumns], places[place % newColumns])
          for channel in 0..<width {
            var sum = 0.0
            for (y, weight) in zip(line.indices, line.weights) {
              var part = 0.0
              for (x1, weight) in zip(column.indices, column.weights) {
                part += weight * Double(x[(y * columns + x1) * width + channel])
              }
              sum += weight * part
            }
            out[place * width + channel] = Float(sum)
          }
        }
      }
    }
  }
}
