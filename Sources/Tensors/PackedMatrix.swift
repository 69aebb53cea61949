import Kernels

/// Weights of a linear layer, [outputs, inputs], as kernels read them: panels of `panelWidth`
/// outputs, each [inputs, panelWidth], so that a product reads memory in order.
///
/// In float32, F16 and BF16 stay 16 bits wide: half the memory and bandwidth, and the same bits in
/// the results, since the kernels widen them exactly.
package struct PackedMatrix: Sendable {
  package let outputs: Int
  package let inputs: Int
  let format: WeightFormat
  let panelWidth: Int
  private let storage: TensorStorage

  init(_ stored: StoredMatrix, _ precision: Precision, for table: KernelTable) {
    let format = stored.format(in: precision)
    let (outputs, inputs) = (stored.outputs, stored.inputs)
    let width = table.panelWidth
    self.format = format
    self.outputs = outputs
    self.inputs = inputs
    panelWidth = width
    let panels = (outputs + width - 1) / width
    let panelBytes = Self.panelByteCount(format, inputs: inputs, width: width)
    storage = TensorStorage(byteCount: panels * panelBytes) { out in
      guard let start = out.baseAddress else { return }
      Parallel.forEach(panels) { panel in
        let first = panel * width
        PanelPacking(table: table, format: format, depth: inputs)
          .pack(stored, rows: first..<min(first + width, outputs), into: start + panel * panelBytes)
      }
    }
    // The checkpoint's own pages are not needed any more.
    let tensor = stored.tensor
    tensor.storage.releasePages(tensor.byteOffset..<tensor.byteOffset + tensor.byteCount)
  }

  private static func panelByteCount(_ format: WeightFormat, inputs: Int, width: Int) -> Int {
    let scales = format == .int8Quads ? 2 * QuantizationGroups(numbers: inputs).count : 0
    return (format.words(inputs) * format.byteCount + scales * MemoryLayout<Float>.stride) * width
  }

  var panelCount: Int { (outputs + panelWidth - 1) / panelWidth }
  var panelByteCount: Int {
    Self.panelByteCount(format, inputs: inputs, width: panelWidth)
  }

  /// Lends the address of the first panel.
  func withPanels<Result>(_ body: (UnsafeRawPointer?) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(storage) { try body(storage.bytes.baseAddress) }
  }
}

extension StoredMatrix {
  /// How it is packed for an arithmetic.
  fileprivate func format(in precision: Precision) -> WeightFormat {
    switch (precision, tensor.dtype) {
    case (.int8, _): .int8Quads
    case (.bfloat16, _): .bf16Pairs
    case (.float32, .f16): .f16
    case (.float32, .bf16): .bf16
    case (.float32, _): .f32
    }
  }
}

/// Fills one panel.
private struct PanelPacking {
  let table: KernelTable
  let format: WeightFormat
  /// Numbers in a row of weights.
  let depth: Int

  private var words: Int { format.words(depth) }
  private var width: Int { table.panelWidth }

  func pack(_ stored: StoredMatrix, rows: Range<Int>, into out: UnsafeMutableRawPointer) {
    let matrix = stored.tensor
    if rows.count < width {
      out.initializeMemory(as: UInt8.self, repeating: 0, count: words * width * format.byteCount)
    }
    switch (format, matrix.dtype) {
    case (.f16, _), (.bf16, _):
      withBytes(of: matrix, rows: rows) {
        table.transposeHalves($0, 2 * depth, rows.count, depth, out, 2 * width)
      }
    case (.f32, .f32):
      withBytes(of: matrix, rows: rows) {
        table.transposeWords($0, 4 * depth, rows.count, depth, out, 4 * width)
      }
    case (.f32, _):
      packConverted(rows, stored, into: out) { row, words in
        words.copyMemory(from: row, byteCount: 4 * depth)
      }
    case (.bf16Pairs, _):
      packConverted(rows, stored, into: out) { row, words in table.narrow(row, words, depth) }
    case (.int8Quads, _):
      packBytes(rows, stored, into: out)
    }
  }

  /// Lends a copy of some rows.
  private func withBytes(
    of matrix: StoredTensor, rows: Range<Int>, _ body: (UnsafeRawPointer) -> Void
  ) {
    let rowBytes = depth * matrix.dtype.byteCount
    Scratch.with(floats: (rows.count * rowBytes + 3) / 4) { copy in
      let start = matrix.byteOffset + rows.lowerBound * rowBytes
      matrix.storage.copyBytes(start..<start + rows.count * rowBytes, into: copy)
      body(copy)
    }
  }

  /// Converts each row to words before they are transposed.
  private func packConverted(
    _ rows: Range<Int>, _ stored: StoredMatrix, into out: UnsafeMutableRawPointer,
    _ convert: (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Void
  ) {
    Scratch.with(floats: rows.count * words) { converted in
      let converted = UnsafeMutableRawPointer(converted)
      for (i, row) in rows.enumerated() {
        stored.withRow(row) { convert($0, converted + 4 * i * words) }
      }
      table.transposeWords(converted, 4 * words, rows.count, words, out, 4 * width)
    }
  }

  /// Bytes, and behind them the scales and the scaled sums of each group's columns.
  private func packBytes(
    _ rows: Range<Int>, _ stored: StoredMatrix, into out: UnsafeMutableRawPointer
  ) {
    let groups = QuantizationGroups(numbers: depth)
    let scales = (out + 4 * words * width).assumingMemoryBound(to: Float.self)
    scales.initialize(repeating: 0, count: 2 * groups.count * width)
    Scratch.with(floats: rows.count * words) { converted in
      let converted = UnsafeMutableRawPointer(converted)
      for (i, row) in rows.enumerated() {
        let target = converted + 4 * i * words
        (target + 4 * (words - 1)).storeBytes(of: 0, as: UInt32.self)
        stored.quantizeRow(row, into: target) { group, scale in
          let numbers = groups.range(group, of: depth)
          let bytes = UnsafeRawBufferPointer(
            start: target + numbers.lowerBound, count: numbers.count)
          let column = scales + 2 * group * width + i
          column[0] = scale
          column[width] = scale * Float(bytes.reduce(0) { $0 + Int(Int8(bitPattern: $1)) })
        }
      }
      table.transposeWords(converted, 4 * words, rows.count, words, out, 4 * width)
    }
  }
}
