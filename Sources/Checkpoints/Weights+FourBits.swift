import TesseraTensors

extension Weights {
  /// Weights of four bits, which stay in the file until products pack them.
  ///
  /// - Parameter shape: [outputs, inputs]
  /// - Throws: `WeightsError`.
  func fourBitMatrix(_ name: String, _ shape: [Int]) throws -> StoredMatrix {
    let full = fullName(name)
    let metadata = metadata(of: full)
    for (key, expected) in FourBitLayout.metadata.sorted(by: { $0.key < $1.key }) {
      guard metadata[key] == expected else {
        throw WeightsError.fourBitLayout(
          file: file(of: full), name: full, key: key, expected: expected, found: metadata[key])
      }
    }
    try checkShape(full, StoredMatrix.fourBitShape(of: shape))
    let scaleName = QuantizedNames.scale(of: full)
    try checkShape(scaleName, StoredMatrix.fourBitScaleShape(of: shape))
    let dtype = try info(scaleName).dtype
    guard dtype == .bf16 else {
      throw WeightsError.fourBitScaleDType(file: file(of: scaleName), name: scaleName, found: dtype)
    }
    let scales = try read(scaleName)
    let areFinite = scales.hasFiniteHalves
    scales.storage.releasePages(scales.byteOffset..<scales.byteOffset + scales.byteCount)
    guard areFinite else {
      throw WeightsError.fourBitScale(file: file(of: scaleName), name: scaleName)
    }
    return StoredMatrix(fourBits: try read(full), scales: scales, inputs: shape[1])
  }
}

extension StoredTensor {
  /// Whether all numbers of BF16 are finite.
  fileprivate var hasFiniteHalves: Bool {
    withBytes { bytes in
      // Exponents that are all ones.
      let exponent: UInt16 = 0x7F80
      return stride(from: 0, to: bytes.count, by: 2).allSatisfy {
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt16.self)) & exponent
          != exponent
      }
    }
  }
}
