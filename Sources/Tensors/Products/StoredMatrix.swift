import TesseraKernels

/// The weights of a linear layer as a checkpoint holds them: floating-point numbers, or bytes with a
/// scale for each group of a row.
package struct StoredMatrix: Sendable {
  /// [outputs, inputs]
  package let tensor: StoredTensor
  /// Of I8: [outputs, groups], as `QuantizationGroups` cuts a row; a weight is its byte times the
  /// scale.
  package let scales: Tensor?

  /// - Precondition: a matrix of floating-point numbers, or of I8 with scales.
  package init(_ tensor: StoredTensor, scales: Tensor? = nil) {
    precondition(
      tensor.shape.count == 2 && tensor.shape[1] > 0 && (tensor.dtype == .i8) == (scales != nil)
        && (scales.map { $0.shape == Self.scaleShape(of: tensor.shape) }
          ?? tensor.dtype.isFloatingPoint),
      "a matrix of \(tensor.dtype) \(tensor.shape) with scales \(scales?.shape ?? [])")
    self.tensor = tensor
    self.scales = scales
  }

  /// The shape that the scales of quantized weights have.
  package static func scaleShape(of shape: [Int]) -> [Int] {
    [shape[0], QuantizationGroups(numbers: shape[1]).count]
  }

  /// Some rows, sharing storage: a layer's that stands stacked upon others.
  package func rows(_ rows: Range<Int>) -> StoredMatrix {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= outputs, "rows \(rows) of \(tensor.shape)")
    return StoredMatrix(
      StoredTensor(
        dtype: tensor.dtype, shape: [rows.count, inputs], storage: tensor.storage,
        byteOffset: tensor.byteOffset + rows.lowerBound * inputs * tensor.dtype.byteCount),
      scales: scales?.rows(rows))
  }

  package var outputs: Int { tensor.shape[0] }
  package var inputs: Int { tensor.shape[1] }
  private var groups: QuantizationGroups { QuantizationGroups(numbers: inputs) }

  /// Quantized for `Arithmetic.int8`: symmetric, each group's largest magnitude becoming 127.
  ///
  /// The scale of a group with a number that is not finite is none either.
  package func quantized() -> StoredMatrix {
    guard tensor.dtype != .i8 else { return self }
    let groupCount = groups.count
    var scales = [Float](repeating: 0, count: outputs * groupCount)
    let bytes = scales.withUnsafeMutableBufferPointer { scales in
      TensorStorage(byteCount: outputs * inputs) { out in
        guard let start = out.baseAddress, let scales = scales.baseAddress else { return }
        Parallel.forEachRange(outputs, minimum: Self.rowsAtOnce) { range in
          for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.rowsAtOnce) {
            quantizeRows(
              first..<min(first + Self.rowsAtOnce, range.upperBound),
              into: start + first * inputs, stride: inputs, scales: scales + first * groupCount)
          }
        }
      }
    }
    return StoredMatrix(
      StoredTensor(dtype: .i8, shape: tensor.shape, storage: bytes),
      scales: Tensor(scales, shape: [outputs, groupCount]))
  }

  /// In float32.
  package func widened() -> Tensor {
    guard let scales else { return tensor.widened() }
    return Tensor(shape: tensor.shape) { out in
      tensor.withBytes { bytes in
        scales.withElements { scales in
          for row in 0..<outputs {
            for group in 0..<groups.count {
              let scale = scales[row * groups.count + group]
              for i in groups.range(group, of: inputs) {
                let index = row * inputs + i
                out[index] = scale * Float(Int8(bitPattern: bytes[index]))
              }
            }
          }
        }
      }
    }
  }

  /// Rows whose bytes fit the nearer caches.
  private static let rowsAtOnce = 64

  /// Lends a copy of the bytes of some rows, as the checkpoint has them.
  func withBytes(of rows: Range<Int>, _ body: (UnsafeRawPointer) -> Void) {
    let byteCount = rows.count * inputs * tensor.dtype.byteCount
    Scratch.with(floats: (byteCount + 3) / 4) { copy in
      copyBytes(of: rows, into: copy)
      body(copy)
    }
  }

  /// Lends each of some rows in float32.
  /// - Precondition: floating-point numbers.
  func forEachRow(_ rows: Range<Int>, _ body: (_ row: Int, UnsafePointer<Float>) -> Void) {
    let rowBytes = inputs * tensor.dtype.byteCount
    withBytes(of: rows) { bytes in
      Scratch.with(floats: inputs) { floats in
        for row in rows {
          widen(
            UnsafeRawBufferPointer(
              start: bytes + (row - rows.lowerBound) * rowBytes, count: rowBytes),
            as: tensor.dtype, into: UnsafeMutableBufferPointer(start: floats, count: inputs))
          body(row, floats)
        }
      }
    }
  }

  /// Writes the signed bytes of some rows, one row every `stride` bytes, and the scales of their
  /// groups, [rows, groups].
  func quantizeRows(
    _ rows: Range<Int>, into out: UnsafeMutableRawPointer, stride: Int,
    scales: UnsafeMutablePointer<Float>
  ) {
    let groupCount = groups.count
    guard let given = self.scales else {
      let quantize = KernelTable.active.quantizeSymmetric
      forEachRow(rows) { row, x in
        let i = row - rows.lowerBound
        for group in 0..<groupCount {
          let numbers = groups.range(group, of: inputs)
          scales[i * groupCount + group] = quantize(
            x + numbers.lowerBound, out + (i * stride + numbers.lowerBound), numbers.count)
        }
      }
      return
    }
    given.withElements { given in
      if let start = given.baseAddress {
        scales.update(
          from: start + rows.lowerBound * groupCount, count: rows.count * groupCount)
      }
    }
    if stride == inputs {
      copyBytes(of: rows, into: out)
    } else {
      withBytes(of: rows) { bytes in
        for i in 0..<rows.count {
          (out + i * stride).copyMemory(from: bytes + i * inputs, byteCount: inputs)
        }
      }
    }
  }

  private func copyBytes(of rows: Range<Int>, into out: UnsafeMutableRawPointer) {
    let rowBytes = inputs * tensor.dtype.byteCount
    let start = tensor.byteOffset + rows.lowerBound * rowBytes
    tensor.storage.copyBytes(start..<start + rows.count * rowBytes, into: out)
  }
}
