import Foundation
import TesseraKernels
import TesseraTensors
import Testing

/// Products of weights of four bits, against their definition.
@Suite struct OctetProductTests {
  static let heights = Array(1...13)

  @Test(arguments: KernelTable.availableTables)
  func `products of all heights, widths and depths`(table: KernelTable) {
    let width = table.panelWidth
    for depth in [1, 32, 33, 96, 800, 1700] {
      for columns in [1, width - 1, width] {
        let test = OctetCase(table, rows: 7, columns: columns, depth: depth)
        let (found, expected) = (test.product(rows: 0..<7), test.expected)
        for (i, (x, y)) in zip(found, expected).enumerated() {
          #expect(abs(Double(x) - y) <= 1e-3 + 1e-5 * abs(y), "element \(i) of \(test)")
        }
      }
    }
  }

  @Test(arguments: KernelTable.availableTables)
  func `a row has the same bits in any company`(table: KernelTable) {
    let test = OctetCase(table, rows: 13, columns: table.panelWidth, depth: 500)
    let all = test.product(rows: 0..<13)
    for rows in Self.heights {
      for first in [0, 13 - rows] {
        let start = first * test.columns
        #expect(
          test.product(rows: first..<first + rows)[...]
            == all[start..<start + rows * test.columns], "\(rows) rows")
      }
    }
  }

  /// The largest numbers among them, whose sums in 16 bits are just not too large.
  @Test func `sums are the same bits with every instruction set`() {
    for isLargest in [false, true] {
      let products = KernelTable.availableTables.map { table in
        OctetCase(
          table, rows: 9, columns: 8, depth: 300, isScaled: false, isLargest: isLargest)
      }
      for test in products {
        let found = test.product(rows: 0..<9)
        #expect(found.map(Double.init) == test.expected, "\(test)")
      }
    }
  }

  @Test(arguments: KernelTable.availableTables)
  func `products begin with a bias, or with what is there`(table: KernelTable) {
    let test = OctetCase(table, rows: 4, columns: 8, depth: 64)
    let plain = test.product(rows: 0..<4)
    let bias = (0..<8).map { Float($0) * 100 }
    let biased = bias.withUnsafeBufferPointer { bias in
      test.product(rows: 0..<4) {
        $0.bias = bias.baseAddress
        $0.epilogue = .relu
      }
    }
    let twice = test.product(rows: 0..<4, over: plain) { $0.accumulates = true }
    for i in plain.indices {
      #expect(abs(biased[i] - max(0, plain[i] + bias[i % 8])) <= 1e-3 + 1e-5 * abs(plain[i]))
      #expect(abs(twice[i] - 2 * plain[i]) <= 1e-3 + 1e-5 * abs(plain[i]))
    }
  }
}

/// A product with a made-up panel.
private struct OctetCase: CustomStringConvertible {
  let table: KernelTable
  let rows: Int
  let columns: Int
  let depth: Int
  private let groups: QuantizationGroups
  private let octets: Int
  /// [rows, 32·octets]
  private let bytes: [UInt8]
  /// [columns, 32·octets], below 16.
  private let numbers: [UInt8]
  /// [octets, columns], of bfloat16.
  private let scales: [Float]
  /// [rows, groups, 2]
  private let rowScales: [Float]
  /// [groups, columns]
  private let sums: [Float]

  /// - Parameters:
  ///   - isScaled: if not, all scales are 1 and all offsets 0.
  ///   - isLargest: whether each number is the largest that there may be.
  init(
    _ table: KernelTable, rows: Int, columns: Int, depth: Int, isScaled: Bool = true,
    isLargest: Bool = false
  ) {
    (self.table, self.rows, self.columns, self.depth) = (table, rows, columns, depth)
    groups = QuantizationGroups(numbers: depth, format: .int4Octets)
    octets = WeightFormat.int4Octets.words(depth) / 8
    let padded = 32 * octets
    func hash(_ i: Int) -> Int { i &* 2_654_435_761 >> 7 }
    bytes = (0..<rows * padded).map {
      $0 % padded < depth ? (isLargest ? 255 : UInt8(truncatingIfNeeded: hash($0))) : 0
    }
    numbers = (0..<columns * padded).map { isLargest ? 15 : UInt8(hash($0 + 77) & 15) }
    scales = (0..<octets * columns).map { isScaled ? Float(1 + hash($0) & 7) / 64 : 1 }
    rowScales = (0..<2 * rows * groups.count).map {
      isScaled ? Float(hash($0) & 63) / 1024 : Float(1 - $0 % 2)
    }
    sums = (0..<groups.count * columns).map { Float(hash($0) & 255) - 99 }
  }

  var description: String { "\(rows)×\(depth)×\(columns) for \(table)" }

  var expected: [Double] {
    (0..<rows * columns).map { element in
      let (row, column) = (element / columns, element % columns)
      var result = 0.0
      for group in 0..<groups.count {
        let pair = 2 * (row * groups.count + group)
        result += Double(rowScales[pair + 1]) * Double(sums[group * columns + column])
      }
      for octet in 0..<octets {
        var sum = 0
        for k in 32 * octet..<32 * octet + 32 {
          sum +=
            Int(bytes[row * 32 * octets + k]) * (Int(numbers[column * 32 * octets + k]) - 8)
        }
        let pair = 2 * (row * groups.count + 8 * octet / groups.words)
        result +=
          Double(rowScales[pair]) * Double(scales[octet * columns + column]) * Double(sum)
      }
      return result
    }
  }

  /// As `PanelProduct` says that it stands.
  private var panel: [UInt8] {
    let width = table.panelWidth
    var panel: [UInt8] = []
    for group in 0..<groups.count {
      for column in 0..<width {
        let sum = column < columns ? sums[group * columns + column] : 0
        withUnsafeBytes(of: sum) { panel += $0 }
      }
    }
    for octet in 0..<octets {
      for word in 0..<4 {
        for column in 0..<width {
          for i in 0..<4 {
            let place = column * 32 * octets + 32 * octet + 8 * word + i
            panel.append(column < columns ? numbers[place] | numbers[place + 4] << 4 : 0)
          }
        }
      }
      for column in 0..<width {
        let scale = column < columns ? scales[octet * columns + column] : 0
        withUnsafeBytes(of: UInt16(scale.bitPattern >> 16)) { panel += $0 }
      }
    }
    return panel
  }

  private var octetScales: [Float] {
    (0..<rows * octets).flatMap { index in
      let (row, octet) = (index / octets, index % octets)
      let sum = bytes[32 * index..<32 * index + 32].reduce(0) { $0 + Int($1) }
      return [rowScales[2 * (row * groups.count + 8 * octet / groups.words)], Float(-8 * sum)]
    }
  }

  func product(
    rows: Range<Int>, over old: [Float]? = nil, _ change: (inout PanelProduct) -> Void = { _ in }
  ) -> [Float] {
    var c = (old ?? [Float](repeating: .nan, count: rows.count * columns)) + [7]
    bytes.withUnsafeBytes { bytes in
      panel.withUnsafeBytes { panel in
        rowScales.withUnsafeBufferPointer { rowScales in
          octetScales.withUnsafeBufferPointer { octetScales in
            c.withUnsafeMutableBufferPointer { c in
              guard let a = bytes.baseAddress, let panel = panel.baseAddress,
                let c = c.baseAddress
              else { return }
              var product = PanelProduct(
                a: a + 32 * octets * rows.lowerBound, aStride: 8 * octets, rows: rows.count,
                depth: 8 * octets, panel: panel, format: .int4Octets, c: c, cStride: columns,
                columns: columns)
              product.groups = groups
              product.rowScales = rowScales.baseAddress.map {
                $0 + 2 * groups.count * rows.lowerBound
              }
              product.octetScales = octetScales.baseAddress.map {
                $0 + 2 * octets * rows.lowerBound
              }
              change(&product)
              table.panelProduct(product)
            }
          }
        }
      }
    }
    #expect(c.removeLast() == 7)
    return c
  }
}
