import Foundation
import TesseraKernels
import TesseraTensors
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

  /// Words of two bfloat16 numbers, and of four bytes.
  @Test(arguments: KernelTable.availableTables, [WeightFormat.bf16Pairs, .int8Quads])
  func `narrow words`(table: KernelTable, format: WeightFormat) {
    for rows in [1, 5, 6, 7, 13] {
      for (depth, columns) in [(1, 1), (7, table.panelWidth), (64, table.panelWidth - 3)] {
        let test = WordCase(table, format, rows: rows, columns: columns, depth: depth)
        let found = test.product(rows: 0..<rows)
        for (i, (x, y)) in zip(found, test.expected).enumerated() {
          #expect(abs(Double(x) - y) <= 1e-5 + 1e-5 * abs(y), "element \(i) of \(test)")
        }
        for row in 0..<rows {
          #expect(
            test.product(rows: row..<row + 1)[...] == found[row * columns..<(row + 1) * columns])
        }
      }
    }
  }

  /// Scales for each group of words, of which there is an odd number.
  @Test(arguments: KernelTable.availableTables)
  func `words of bytes in groups`(table: KernelTable) {
    for rows in [1, 6, 9] {
      let test = WordCase(table, .int8Quads, rows: rows, columns: 8, depth: 101, isGrouped: true)
      for (x, y) in zip(test.product(rows: 0..<rows), test.expected) {
        #expect(abs(Double(x) - y) <= 1e-5 + 1e-5 * abs(y), "\(rows) rows")
      }
    }
  }

  /// The instructions and their twins.
  @Test func `sums of bytes are the same bits with every instruction set`() {
    for table in KernelTable.availableTables {
      for depth in [1, 2, 3, 7, 300] {
        let test = WordCase(table, .int8Quads, rows: 9, columns: 8, depth: depth, isScaled: false)
        #expect(test.product(rows: 0..<9) == test.expected.map { Float($0) }, "\(table), \(depth)")
      }
    }
  }

  @Test func `a residual is added behind the activation`() {
    let table = KernelTable.active
    let plain = Case(table, rows: 7, columns: 5, depth: 10)
    let sums = plain.product(rows: 0..<7)
    let residual = (0..<35).map { Float($0) }
    let out = residual.withUnsafeBufferPointer { residual in
      plain.product(rows: 0..<7) {
        $0.epilogue = .relu
        $0.residual = residual.baseAddress
      }
    }
    for i in out.indices { #expect(out[i] == max(sums[i], 0) + residual[i]) }
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

/// A product of words that hold several numbers.
private struct WordCase: CustomStringConvertible {
  let table: KernelTable
  let format: WeightFormat
  let rows: Int
  let columns: Int
  let depth: Int
  /// Numbers of activations, [rows, 4·depth] or [rows, 2·depth], as they are after rounding.
  private let a: [UInt32]
  private let panel: [UInt32]
  private let groups: QuantizationGroups?
  /// Of all rows, [rows, groups, 2].
  private let rowScales: [Float]
  /// [groups, 2, width]
  private let columnScales: [Float]

  /// - Parameters:
  ///   - isScaled: if not, all scales are 1 and all offsets 0.
  ///   - isGrouped: if not, there is one group.
  init(
    _ table: KernelTable, _ format: WeightFormat, rows: Int, columns: Int, depth: Int,
    isScaled: Bool = true, isGrouped: Bool = false
  ) {
    self.table = table
    self.format = format
    self.rows = rows
    self.columns = columns
    self.depth = depth
    func word(_ i: Int) -> UInt32 {
      guard format == .bf16Pairs else { return UInt32(truncatingIfNeeded: i &* 2_654_435_761) }
      let pair = [sin(Float(i)), cos(Float(i) * 0.7)].map { $0.bitPattern >> 16 }
      return pair[0] | pair[1] << 16
    }
    a = (0..<rows * depth).map { word($0 + 1) }
    // The same columns whatever the panel's width.
    let width = table.panelWidth
    panel = (0..<depth * width).map { word($0 / width * 1000 + $0 % width + 7) }
    groups = isGrouped ? QuantizationGroups(numbers: 4 * depth) : nil
    let count = 2 * (groups?.count ?? 1)
    rowScales = (0..<count * rows).map { isScaled ? 0.01 + Float($0) * 0.003 : Float(1 - $0 % 2) }
    columnScales = (0..<count * width).map {
      isScaled ? 0.02 + Float($0 % width) * 0.001 + Float($0 / (2 * width)) * 0.01 : 1
    }
  }

  var description: String { "\(rows)×\(depth)×\(columns) \(format)" }

  private func numbers(_ word: UInt32, isSigned: Bool) -> [Double] {
    if format == .bf16Pairs {
      return [word << 16, word & 0xffff_0000].map { Double(Float(bitPattern: $0)) }
    }
    return (0..<4).map { i in
      let byte = UInt8(truncatingIfNeeded: word >> (8 * UInt32(i)))
      return isSigned ? Double(Int8(bitPattern: byte)) : Double(byte)
    }
  }

  var expected: [Double] {
    let width = table.panelWidth
    let (count, words) = (groups?.count ?? 1, groups?.words ?? max(depth, 1))
    return (0..<rows * columns).map { element in
      let (row, column) = (element / columns, element % columns)
      return (0..<count).reduce(0.0) { total, group in
        var sum = 0.0
        for k in group * words..<min((group + 1) * words, depth) {
          let x = numbers(a[row * depth + k], isSigned: false)
          let w = numbers(panel[k * width + column], isSigned: true)
          for (x, w) in zip(x, w) { sum += x * w }
        }
        guard format == .int8Quads else { return sum }
        let (row, columns) = (2 * (row * count + group), 2 * group * width + column)
        return total + sum * Double(rowScales[row]) * Double(columnScales[columns])
          + Double(rowScales[row + 1]) * Double(columnScales[columns + width])
      }
    }
  }

  func product(rows: Range<Int>) -> [Float] {
    var c = [Float](repeating: .nan, count: rows.count * columns) + [7]
    let scales = columnScales.map(\.bitPattern)
    a.withUnsafeBytes { a in
      (panel + scales).withUnsafeBytes { panel in
        rowScales.withUnsafeBufferPointer { rowScales in
          c.withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let panel = panel.baseAddress, let c = c.baseAddress
            else { return }
            var product = PanelProduct(
              a: a + 4 * rows.lowerBound * depth, aStride: depth, rows: rows.count, depth: depth,
              panel: panel, format: format, c: c, cStride: columns, columns: columns)
            product.groups = groups
            let stride = 2 * (groups?.count ?? 1)
            product.rowScales = rowScales.baseAddress.map { $0 + stride * rows.lowerBound }
            table.panelProduct(product)
          }
        }
      }
    }
    #expect(c.removeLast() == 7)
    return c
  }
}
