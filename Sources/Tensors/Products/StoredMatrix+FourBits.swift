import TesseraKernels

/// Weights of four bits as a checkpoint holds them: what `FourBitGroup` makes of each 32 numbers of a row,
/// the last of which is filled up with zeros.
extension StoredMatrix {
  /// The shape of the bytes of weights, [outputs, inputs].
  package static func fourBitShape(of shape: [Int]) -> [Int] {
    [shape[0], FourBitGroup.byteCount * groupCount(of: shape[1])]
  }

  /// The shape of their scales.
  package static func fourBitScaleShape(of shape: [Int]) -> [Int] {
    [shape[0], groupCount(of: shape[1])]
  }

  private static func groupCount(of inputs: Int) -> Int {
    (inputs + FourBitGroup.count - 1) / FourBitGroup.count
  }

  /// Quantized for `Arithmetic.int4`, as products quantize what is floating-point.
  ///
  /// The scale of a group with a number that is not finite is none either.
  ///
  /// - Precondition: floating-point numbers, or four bits.
  package func quantizedToFourBits() -> StoredMatrix {
    guard fourBitScales == nil else { return self }
    let groups = Self.groupCount(of: inputs)
    var brainScales = [UInt16](repeating: 0, count: outputs * groups)
    let bytes = brainScales.withUnsafeMutableBufferPointer { scales in
      TensorStorage(byteCount: FourBitGroup.byteCount * outputs * groups) { out in
        guard let start = out.baseAddress, let scales = scales.baseAddress else { return }
        Parallel.forEachRange(outputs, minimum: Self.rowsAtOnce) { range in
          for rows in range.pieces(of: Self.rowsAtOnce) {
            forEachFourBitGroup(of: rows) { row, index, group in
              let place = row * groups + index
              group.store(into: start + FourBitGroup.byteCount * place)
              scales[place] = group.brainScale
            }
          }
        }
      }
    }
    let shape = [outputs, inputs]
    return StoredMatrix(
      fourBits: StoredTensor(dtype: .u8, shape: Self.fourBitShape(of: shape), storage: bytes),
      scales: StoredTensor(
        dtype: .bf16, shape: Self.fourBitScaleShape(of: shape), storage: Self.storage(brainScales)),
      inputs: inputs)
  }

  private static func storage(_ scales: [UInt16]) -> TensorStorage {
    scales.map(\.littleEndian).withUnsafeBytes { scales in
      TensorStorage(byteCount: scales.count) { $0.copyMemory(from: scales) }
    }
  }

  /// Lends each group of some rows, as it is stored or as numbers become one.
  ///
  /// - Precondition: floating-point numbers, or four bits.
  func forEachFourBitGroup(
    of rows: Range<Int>, _ body: (_ row: Int, _ group: Int, FourBitGroup) -> Void
  ) {
    let groups = Self.groupCount(of: inputs)
    guard let fourBitScales else {
      forEachRow(rows) { row, x in
        for index in 0..<groups {
          let start = index * FourBitGroup.count
          let count = min(FourBitGroup.count, inputs - start)
          body(row, index, FourBitGroup(x + start, count: count))
        }
      }
      return
    }
    let count = rows.count * groups
    Scratch.with(floats: (count + 1) / 2) { scales in
      let scales = UnsafeMutableRawPointer(scales)
      fourBitScales.copyBytes(ofRows: rows, into: scales)
      withBytes(of: rows) { bytes in
        for place in 0..<count {
          let scale = scales.load(fromByteOffset: 2 * place, as: UInt16.self)
          let group = FourBitGroup(
            stored: bytes + FourBitGroup.byteCount * place, brainScale: UInt16(littleEndian: scale))
          body(rows.lowerBound + place / groups, place % groups, group)
        }
      }
    }
  }

  /// In float32: scale·(q − 8).
  func widenedFourBits() -> Tensor {
    Tensor(shape: [outputs, inputs]) { out in
      forEachFourBitGroup(of: 0..<outputs) { row, index, group in
        let start = index * FourBitGroup.count
        for (i, number) in group.numbers.prefix(inputs - start).enumerated() {
          out[row * inputs + start + i] = group.scale * Float(number - 8)
        }
      }
    }
  }
}
