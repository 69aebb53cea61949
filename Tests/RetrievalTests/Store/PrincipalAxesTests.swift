import TesseraRetrieval
import TesseraTensors
import Testing

struct PrincipalAxesTests {
  @Test func `points in a plane keep their distances, and the longer side is first`() {
    // A cross in the plane of two directions of four dimensions, far from the origin.
    let arms: [(Float, Float)] = [(3, 0), (-3, 0), (0, 1), (0, -1), (1.5, 0.5), (-1.5, -0.5)]
    let rows: [[Float]] = arms.map { a, b in [10 + a * 0.6, 5 + b, a * 0.8 - 2, 7] }
    let axes = PrincipalAxes(of: Tensor(rows.flatMap { $0 }, shape: [arms.count, 4]))
    func square(_ x: Float, _ y: Float) -> Float { x * x + y * y }
    for (i, one) in arms.enumerated() {
      for (j, other) in arms.enumerated() {
        let expected = square(one.0 - other.0, one.1 - other.1)
        let (p, q) = (axes.points[i], axes.points[j])
        #expect(abs(expected - square(p.x - q.x, p.y - q.y)) < 1e-3, "\(i) \(j)")
      }
    }
    #expect(axes.shares.x > axes.shares.y && abs(axes.shares.x + axes.shares.y - 1) < 1e-4)
  }

  @Test func `one row, and rows that are all the same, lie at the origin`() {
    for count in [1, 3] {
      let axes = PrincipalAxes(
        of: Tensor([Float](repeating: 0.5, count: count * 4), shape: [count, 4]))
      #expect(axes.points.allSatisfy { abs($0.x) < 1e-6 && abs($0.y) < 1e-6 })
    }
  }

  @Test func `sets are joined whatever the order of the pairs`() {
    var sets = DisjointSets()
    for (a, b) in [(5, 4), (1, 2), (9, 8), (2, 4), (4, 1)] { sets.join(a, b) }
    #expect(sets.sets() == [[1, 2, 4, 5], [8, 9]])
  }
}
