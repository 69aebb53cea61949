import TesseraTensors

/// The two directions in which vectors differ most, found by orthogonal iteration.
package struct PrincipalAxes: Sendable {
  /// Where each vector lies along the two, in the order of the vectors.
  package let points: [(x: Float, y: Float)]
  /// The part of all variance that each of the two holds.
  package let shares: (x: Float, y: Float)

  /// - Parameter vectors: [rows, dimension]
  package init(of vectors: Tensor) {
    let (rows, width) = (vectors.rowCount, vectors.rowWidth)
    let matrix = vectors.elements
    var mean = [Double](repeating: 0, count: width)
    for (i, x) in matrix.enumerated() { mean[i % width] += Double(x) / Double(rows) }
    let centred = matrix.indices.map { matrix[$0] - Float(mean[$0 % width]) }
    let total = centred.reduce(0.0) { $0 + Double($1) * Double($1) }
    // A start that is no axis of anything, and the same in every run.
    var axes = (
      Self.unit((0..<width).map { Float(1 + $0 % 7) }),
      Self.unit((0..<width).map { Float(1 - $0 % 5) })
    )
    for _ in 0..<30 {
      axes.0 = Self.unit(Self.step(axes.0, centred, width))
      axes.1 = Self.unit(Self.without(axes.0, in: Self.step(axes.1, centred, width)))
    }
    let x = Self.projected(centred, on: axes.0)
    let y = Self.projected(centred, on: axes.1)
    func share(_ values: [Float]) -> Float {
      total > 0 ? Float(values.reduce(0.0) { $0 + Double($1) * Double($1) } / total) : 0
    }
    points = zip(x, y).map { ($0, $1) }
    shares = (share(x), share(y))
  }

  /// XᵀX·v
  private static func step(_ axis: [Float], _ matrix: [Float], _ width: Int) -> [Float] {
    var sum = [Float](repeating: 0, count: width)
    for (row, value) in projected(matrix, on: axis).enumerated() {
      for i in 0..<width { sum[i] += value * matrix[row * width + i] }
    }
    return sum
  }

  private static func projected(_ matrix: [Float], on axis: [Float]) -> [Float] {
    stride(from: 0, to: matrix.count, by: axis.count).map { start in
      axis.indices.reduce(Float(0)) { $0 + axis[$1] * matrix[start + $1] }
    }
  }

  private static func without(_ axis: [Float], in vector: [Float]) -> [Float] {
    let along = zip(axis, vector).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    return zip(vector, axis).map { $0 - along * $1 }
  }

  private static func unit(_ vector: [Float]) -> [Float] { vector.ofLengthOne ?? vector }
}

extension DiskStore {
  /// Rows with their vectors, spread evenly where there are more than `limit`, and how many there are.
  package func sample(
    _ limit: Int, where filter: Filter?
  ) throws -> (items: [StoredItem], vectors: Tensor, count: Int) {
    try requireDense()
    var rows: [Int] = []
    try forEachRow(.init(filter: filter)) { row, _ in rows.append(row) }
    let count = min(limit, rows.count)
    let chosen = (0..<count).map { rows[$0 * rows.count / count] }
    let items = try read { database in
      try chosen.compactMap { try StoredItem.find(row: $0, in: database) }
    }
    let numbers = try chosen.flatMap { try vector(row: $0) }
    return (items, Tensor(numbers, shape: [count, dimension ?? 0]), rows.count)
  }
}
