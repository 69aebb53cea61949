import Kernels

/// Weights of a linear layer, [outputs, inputs], as kernels read them: panels of `panelWidth`
/// outputs, each [inputs, panelWidth], so that a product reads memory in order.
///
/// F16 and BF16 stay 16 bits wide: half the memory and bandwidth, and the same bits in the results,
/// since the kernels widen them exactly.
package struct PackedMatrix: Sendable {
  package let outputs: Int
  package let inputs: Int
  let format: WeightFormat
  let panelWidth: Int
  private let storage: TensorStorage

  /// - Precondition: a floating-point matrix.
  init(_ stored: StoredTensor, for table: KernelTable) {
    precondition(stored.shape.count == 2, "a matrix of \(stored.shape)")
    var source = stored
    switch stored.dtype {
    case .f16: format = .f16
    case .bf16: format = .bf16
    case .f32: format = .f32
    default:
      format = .f32
      source = stored.widened().stored
    }
    (outputs, inputs) = (stored.shape[0], stored.shape[1])
    panelWidth = table.panelWidth
    let (outputs, inputs, width, format) = (outputs, inputs, panelWidth, format)
    let panels = (outputs + width - 1) / width
    storage = TensorStorage(byteCount: panels * width * inputs * format.byteCount) { out in
      source.withBytes { bytes in
        guard let target = out.baseAddress, let start = bytes.baseAddress else { return }
        Parallel.forEach(panels) { panel in
          let first = panel * width
          let rows = start + first * inputs * format.byteCount
          let packed = target + first * inputs * format.byteCount
          let count = min(width, outputs - first)
          if format == .f32 {
            Panel.pack(
              rows, stride: inputs, count: count, depth: inputs,
              into: packed.assumingMemoryBound(to: UInt32.self), width: width)
          } else {
            Panel.pack(
              rows, stride: inputs, count: count, depth: inputs,
              into: packed.assumingMemoryBound(to: UInt16.self), width: width)
          }
        }
      }
    }
    // The checkpoint's own pages are not needed any more.
    stored.storage.releasePages(stored.byteOffset..<stored.byteOffset + stored.byteCount)
  }

  var panelCount: Int { (outputs + panelWidth - 1) / panelWidth }
  var panelByteCount: Int { inputs * panelWidth * format.byteCount }

  /// Lends the address of the first panel.
  func withPanels<Result>(_ body: (UnsafeRawPointer?) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(storage) { try body(storage.bytes.baseAddress) }
  }
}

/// Transposes rows into panels.
enum Panel {
  /// `count` rows of `depth` elements, of which the first of each row comes first in `out`:
  /// [count, depth] → [depth, width]. Columns from `count` on become zeros.
  ///
  /// - Parameters:
  ///   - rows: possibly unaligned.
  ///   - stride: elements from one row to the next.
  static func pack<Element: FixedWidthInteger>(
    _ rows: UnsafeRawPointer, stride: Int, count: Int, depth: Int,
    into out: UnsafeMutablePointer<Element>, width: Int
  ) {
    let size = MemoryLayout<Element>.size
    // A square block keeps the cache lines of both sides at hand.
    let block = 64 / size
    var start = 0
    while start < depth {
      let end = min(start + block, depth)
      for column in 0..<count {
        var source = rows + (column &* stride &+ start) &* size
        var target = out + (start &* width &+ column)
        for _ in start..<end {
          target.pointee = source.loadUnaligned(as: Element.self)
          source += size
          target += width
        }
      }
      for k in start..<end where count < width {
        for column in count..<width { out[k * width + column] = 0 }
      }
      start = end
    }
  }
}
