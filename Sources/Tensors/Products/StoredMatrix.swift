import TesseraKernels

/// The weights of a linear layer as a checkpoint holds them: floating-point numbers, bytes with a scale
/// for each group of a row, or four bits with one.
package struct StoredMatrix: Sendable {
  /// [outputs, inputs]; of four bits U8, [outputs, `FourBitGroup.byteCount`·groups].
  package let tensor: StoredTensor
  /// Of I8: [outputs, groups], as `QuantizationGroups` cuts a row; a weight is its byte times the
  /// scale.
  package let scales: Tensor?
  /// Of four bits: [outputs, groups] in BF16.
  package let fourBitScales: StoredTensor?
  package let inputs: Int

  /// - Precondition: a matrix of floating-point numbers, or of I8 with scales.
  package init(_ tensor: StoredTensor, scales: Tensor? = nil) {
    precondition(
      tensor.shape.count == 2 && tensor.shape[1] > 0 && (tensor.dtype == .i8) == (scales != nil)
        && (scales.map { $0.shape == Self.scaleShape(of: tensor.shape) }
          ?? tensor.dtype.isFloatingPoint),
      "a matrix of \(tensor.dtype) \(tensor.shape) with scales \(scales?.shape ?? [])")
    self.tensor = tensor
    self.scales = scales
    fourBitScales = nil
    inputs = tensor.shape[1]
  }

  /// Weights of four bits.
  ///
  /// - Precondition: `inputs` fill all groups but a part of the last.
  package init(fourBits tensor: StoredTensor, scales: StoredTensor, inputs: Int) {
    precondition(
      inputs > 0 && tensor.dtype == .u8 && scales.dtype == .bf16 && tensor.shape.count == 2
        && tensor.shape == Self.fourBitShape(of: [tensor.shape[0], inputs])
        && scales.shape == Self.fourBitScaleShape(of: [tensor.shape[0], inputs]),
      "\(inputs) inputs in \(tensor.dtype) \(tensor.shape) with scales \(scales.shape)")
    self.tensor = tensor
    self.scales = nil
    fourBitScales = scales
    self.inputs = inputs
  }

  /// The shape that the scales of quantized weights have.
  package static func scaleShape(of shape: [Int]) -> [Int] {
    [shape[0], QuantizationGroups(numbers: shape[1]).count]
  }

  /// Some rows, sharing storage: a layer's that stands stacked upon others.
  package func rows(_ rows: Range<Int>) -> StoredMatrix {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= outputs, "rows \(rows) of \(tensor.shape)")
    if let fourBitScales {
      return StoredMatrix(
        fourBits: tensor.rows(rows), scales: fourBitScales.rows(rows), inputs: inputs)
    }
    return StoredMatrix(tensor.rows(rows), scales: scales?.rows(rows))
  }

  package var outputs: Int { tensor.shape[0] }
  /// The arithmetic that it was quantized for; nil for floating-point numbers.
  var quantization: Arithmetic? {
    scales != nil ? .int8 : fourBitScales != nil ? .int4 : nil
  }
  /// Of a row as it is stored.
  private var rowByteCount: Int { tensor.shape[1] * tensor.dtype.byteCount }
  private var groups: QuantizationGroups { QuantizationGroups(numbers: inputs) }

  /// Quantized for `Arithmetic.int8`: symmetric, each group's largest magnitude becoming 127.
  ///
  /// The scale of a group with a number that is not finite is none either.
  ///
  /// - Precondition: no weights of four bits.
  package func quantized() -> StoredMatrix {
    guard tensor.dtype != .i8 else { return self }
    let groupCount = groups.count
    var scales = [Float](repeating: 0, count: outputs * groupCount)
    let bytes = scales.withUnsafeMutableBufferPointer { scales in
      TensorStorage(byteCount: outputs * inputs) { out in
        guard let start = out.baseAddress, let scales = scales.baseAddress else { return }
        Parallel.forEachRange(outputs, minimum: Self.rowsAtOnce) { range in
          for rows in range.pieces(of: Self.rowsAtOnce) {
            quantizeRows(
              rows, into: start + rows.lowerBound * inputs, stride: inputs,
              scales: scales + rows.lowerBound * groupCount)
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
    if fourBitScales != nil { return widenedFourBits() }
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

  /// Rows that are quantized together: their bytes fit the nearer caches.
  static let rowsAtOnce = 64

  /// Lends a copy of the bytes of some rows, as the checkpoint has them.
  func withBytes(of rows: Range<Int>, _ body: (UnsafeRawPointer) -> Void) {
    let byteCount = rows.count * rowByteCount
    Scratch.with(floats: (byteCount + 3) / 4) { copy in
      tensor.copyBytes(ofRows: rows, into: copy)
      body(copy)
    }
  }

  /// Lends each of some rows in float32.
  /// - Precondition: floating-point numbers.
  func forEachRow(_ rows: Range<Int>, _ body: (_ row: Int, UnsafePointer<Float>) -> Void) {
    let rowBytes = rowByteCount
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
      tensor.copyBytes(ofRows: rows, into: out)
    } else {
      withBytes(of: rows) { bytes in
        for i in 0..<rows.count {
          (out + i * stride).copyMemory(from: bytes + i * inputs, byteCount: inputs)
        }
      }
    }
  }
}
