import Foundation
import Kernels
import Tensors
import Testing

@Suite struct PanelProductTests {
  /// Every height of a tile and both sides of each boundary.
  static let heights = Array(1...17) + [28, 29, 43]

  @Test(arguments: KernelTable.availableTables)
  func `products of all heights and widths`(table: KernelTable) {
    for rows in Self.heights {
      let width = table.panelWidth
      for columns in [1, width / 2, width / 2 + 1, width - 1, width] {
        check(Case(table, rows: rows, columns: columns, depth: 19))
      }
    }
    for depth in [0, 1, 300, 1024, 2100] { check(Case(table, rows: 5, columns: 3, depth: depth)) }
  }

  /// The chain of multiply-adds is the same however many rows are computed with it.
  @Test(arguments: KernelTable.availableTables)
  func `a row has the same bits in any company`(table: KernelTable) {
    let all = Case(table, rows: 43, columns: table.panelWidth, depth: 65)
    let alone = all.product(rows: 0..<1)
    for rows in Self.heights {
      #expect(all.product(rows: 0..<rows)[0..<table.panelWidth] == alone[...], "\(rows) rows")
    }
  }

  @Test(arguments: KernelTable.availableTables)
  func `products accumulate, add a bias, and activate`(table: KernelTable) {
    for rows in [1, 3, 15] {
      for columns in [2, table.panelWidth] {
        let plain = Case(table, rows: rows, columns: columns, depth: 10)
        let sums = plain.product(rows: 0..<rows)
        let twice = plain.product(rows: 0..<rows, over: sums) { $0.accumulates = true }
        for (sum, double) in zip(sums, twice) { #expect(abs(2 * sum - double) <= 1e-5) }

        let bias = (0..<columns).map { Float($0) - 3 }
        let activated = bias.withUnsafeBufferPointer { bias in
          plain.product(rows: 0..<rows) {
            $0.bias = bias.baseAddress
            $0.epilogue = .relu
          }
        }
        for i in activated.indices {
          #expect(abs(activated[i] - max(sums[i] + bias[i % columns], 0)) <= 1e-5)
        }
      }
    }
  }

  private func check(_ test: Case) {
    let found = test.product(rows: 0..<test.rows)
    for row in 0..<test.rows {
      for column in 0..<test.columns {
        let exact = (0..<test.depth).reduce(0.0) {
          $0 + Double(test.a[row * test.depth + $1])
            * Double(test.panel[$1 * test.table.panelWidth + column])
        }
        #expect(
          abs(Double(found[row * test.columns + column]) - exact) <= 1e-4,
          "\(test.rows)×\(test.depth)×\(test.columns) at \(row), \(column)")
      }
    }
  }
}

/// A product with a panel of made-up weights.
private struct Case {
  let table: KernelTable
  let rows: Int
  let columns: Int
  let depth: Int
  let a: [Float]
  let panel: [Float]

  init(_ table: KernelTable, rows: Int, columns: Int, depth: Int) {
    self.table = table
    self.rows = rows
    self.columns = columns
    self.depth = depth
    a = (0..<rows * depth).map { sin(Float($0)) }
    panel = (0..<depth * table.panelWidth).map { cos(Float($0) * 0.3) }
  }

  /// C of some rows, after checking that nothing behind it was touched.
  func product(
    rows: Range<Int>, over old: [Float]? = nil, _ change: (inout PanelProduct) -> Void = { _ in }
  ) -> [Float] {
    let count = rows.count * columns
    var c = (old ?? [Float](repeating: .nan, count: count)) + [7]
    // An element more, so that the arrays have addresses when the depth is 0.
    (a + [0]).withUnsafeBufferPointer { a in
      (panel + [0]).withUnsafeBytes { panel in
        c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let panel = panel.baseAddress, let c = c.baseAddress
          else { return }
          var product = PanelProduct(
            a: a + rows.lowerBound * depth, aStride: depth, rows: rows.count, depth: depth,
            panel: panel, format: .f32, c: c, cStride: columns, columns: columns)
          change(&product)
          table.panelProduct(product)
        }
      }
    }
    #expect(c[count] == 7)
    return Array(c[..<count])
  }
}
