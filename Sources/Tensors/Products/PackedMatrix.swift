import Synchronization
import TesseraKernels

/// Weights of a linear layer, [outputs, inputs], as kernels read them: panels of `panelWidth`
/// outputs, each [inputs, panelWidth], so that a product reads memory in order.
///
/// The first product packs each panel when it comes to it, and keeps none: a process that encodes
/// one item need not hold the weights at all. From the second product on, all stay in memory; those of
/// four bits from the first one on, as a text is never written in one product.
///
/// In float32, F16 and BF16 stay 16 bits wide: half the memory and bandwidth, and the same bits in
/// the results, since the kernels widen them exactly.
package final class PackedMatrix: Sendable {
  package let outputs: Int
  package let inputs: Int
  let format: WeightFormat
  let panelWidth: Int
  private let table: KernelTable
  private let residence: Mutex<Residence>

  /// Where the weights are.
  private enum Residence {
    case stored(StoredMatrix, wasUsed: Bool)
    /// Somebody packs them to be kept.
    case moving(StoredMatrix)
    case resident(TensorStorage)
  }

  /// The weights as a product finds them.
  enum Source {
    case stored(StoredMatrix)
    /// All panels.
    case resident(TensorStorage)
  }

  /// - Precondition: quantized weights are packed for the arithmetic that they were quantized for.
  init(_ stored: StoredMatrix, _ precision: Arithmetic, for table: KernelTable) {
    precondition(
      stored.quantization ?? precision == precision,
      "weights quantized to \(stored.tensor.dtype) in \(precision)")
    format = stored.format(in: precision)
    (outputs, inputs) = (stored.outputs, stored.inputs)
    panelWidth = table.panelWidth
    self.table = table
    residence = Mutex(.stored(stored, wasUsed: precision == .int4))
  }

  var panelCount: Int { (outputs + panelWidth - 1) / panelWidth }
  var panelByteCount: Int {
    switch format {
    case .int8Quads: 4 * QuantizedPanel(table: table, depth: inputs).wordCount
    case .int4Octets: OctetPanel(width: panelWidth, depth: inputs).byteCount
    case .f32, .f16, .bf16, .bf16Pairs: format.words(inputs) * format.byteCount * panelWidth
    }
  }

  /// All panels, if they are in memory.
  var panels: TensorStorage? {
    residence.withLock { if case .resident(let panels) = $0 { panels } else { nil } }
  }

  /// Where a panel stands among all of them; nil behind the last.
  func address(of panel: Int, in panels: TensorStorage) -> UnsafeRawPointer? {
    guard panel < panelCount, let start = panels.bytes.baseAddress else { return nil }
    return UnsafeRawPointer(start + panel * panelByteCount)
  }

  /// What the next product is to read.
  func sourceOfNextProduct() -> Source {
    let (source, isToMove) = residence.withLock { residence -> (Source, Bool) in
      switch residence {
      case .resident(let panels): return (.resident(panels), false)
      case .moving(let stored): return (.stored(stored), false)
      case .stored(let stored, wasUsed: false):
        residence = .stored(stored, wasUsed: true)
        return (.stored(stored), false)
      case .stored(let stored, wasUsed: true):
        residence = .moving(stored)
        return (.stored(stored), true)
      }
    }
    guard isToMove, case .stored(let stored) = source else { return source }
    let panels = packed(stored)
    residence.withLock { $0 = .resident(panels) }
    return .resident(panels)
  }

  /// Packs one panel, of `panelByteCount` bytes.
  func pack(_ panel: Int, of stored: StoredMatrix, into out: UnsafeMutableRawPointer) {
    let first = panel * panelWidth
    PanelPacking(table: table, format: format, depth: inputs)
      .pack(stored, rows: first..<min(first + panelWidth, outputs), into: out)
  }

  private func packed(_ stored: StoredMatrix) -> TensorStorage {
    TensorStorage(longLived: panelCount * panelByteCount) { out in
      guard let start = out.baseAddress else { return }
      Parallel.forEach(panelCount) { pack($0, of: stored, into: start + $0 * panelByteCount) }
    }
  }
}

extension StoredMatrix {
  /// How it is packed for an arithmetic.
  fileprivate func format(in precision: Arithmetic) -> WeightFormat {
    switch (precision, tensor.dtype) {
    case (.int8, _): .int8Quads
    case (.int4, _): .int4Octets
    case (.bfloat16, _): .bf16Pairs
    case (.bfloat16Weights, _): .bf16
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

  /// Rows that are copied before they are transposed: as many as make a cache line of the panel's.
  /// Twice as many of a deep matrix would not stay in the second cache beside the panel.
  private static let halvesAtOnce = 32

  func pack(_ stored: StoredMatrix, rows: Range<Int>, into out: UnsafeMutableRawPointer) {
    if format == .int8Quads {
      return QuantizedPanel(table: table, depth: depth).pack(columns: rows.count, into: out) {
        stored.quantizeRows(rows, into: $0, stride: $1, scales: $2)
      }
    }
    if format == .int4Octets {
      return OctetPanel(width: width, depth: depth).pack(into: out) { pack in
        stored.forEachFourBitGroup(of: rows) { pack($0 - rows.lowerBound, $1, $2) }
      }
    }
    if rows.count < width {
      out.initializeMemory(as: UInt8.self, repeating: 0, count: words * width * format.byteCount)
    }
    switch (format, stored.tensor.dtype) {
    case (.bf16, .f32), (.bf16, .f16):
      packConverted(rows, stored, into: out) { row, words in table.narrow(row, words, depth) }
    case (.f16, _), (.bf16, _):
      for part in rows.pieces(of: Self.halvesAtOnce) {
        stored.withBytes(of: part) {
          table.transposeHalves(
            $0, 2 * depth, part.count, depth, out + 2 * (part.lowerBound - rows.lowerBound),
            2 * width)
        }
      }
    case (.f32, .f32):
      stored.withBytes(of: rows) {
        table.transposeWords($0, 4 * depth, rows.count, depth, out, 4 * width)
      }
    case (.f32, _):
      packConverted(rows, stored, into: out) { row, words in
        words.copyMemory(from: row, byteCount: 4 * depth)
      }
    case (.bf16Pairs, _):
      packConverted(rows, stored, into: out) { row, words in table.narrow(row, words, depth) }
    case (.int8Quads, _), (.int4Octets, _): preconditionFailure("they are packed with their scales")
    }
  }

  /// Converts each row to words before they are transposed.
  private func packConverted(
    _ rows: Range<Int>, _ stored: StoredMatrix, into out: UnsafeMutableRawPointer,
    _ convert: (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Void
  ) {
    Scratch.with(floats: rows.count * words) { converted in
      stored.forEachRow(rows) { row, x in
        convert(x, converted + (row - rows.lowerBound) * words)
      }
      if format.byteCount == 2 {
        table.transposeHalves(converted, 4 * words, rows.count, depth, out, 2 * width)
      } else {
        table.transposeWords(converted, 4 * words, rows.count, words, out, 4 * width)
      }
    }
  }
}
