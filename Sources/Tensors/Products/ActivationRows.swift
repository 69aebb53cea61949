import TesseraKernels

/// Rows of activations in the words that a product reads.
struct ActivationRows {
  /// [T, words]
  let words: UnsafeRawPointer
  /// Words in a row.
  let depth: Int
  /// Of bytes: scale and offset of each row and group, [T, groups, 2].
  let scales: UnsafePointer<Float>?
  let groups: QuantizationGroups?
  /// Of bytes for weights of four bits; see `PanelProduct`.
  var octetScales: UnsafePointer<Float>?
}

extension Tensor {
  /// Lends the rows of a matrix as words for weights of a format; float32 lends the elements.
  func withRows(for format: WeightFormat, _ body: (ActivationRows) -> Void) {
    let (rows, width) = (shape[0], shape[1])
    let depth = format.words(width)
    let table = KernelTable.active
    withElements { x in
      guard let x = x.baseAddress else { return }
      switch format {
      case .f32, .f16, .bf16:
        body(ActivationRows(words: x, depth: depth, scales: nil, groups: nil))
      case .bf16Pairs:
        Scratch.with(floats: rows * depth) { words in
          Parallel.forEachRange(rows, minimum: 8) { range in
            for row in range { table.narrow(x + row * width, words + row * depth, width) }
          }
          body(ActivationRows(words: words, depth: depth, scales: nil, groups: nil))
        }
      case .int8Quads, .int4Octets:
        let groups = QuantizationGroups(numbers: width, format: format)
        let octets = format == .int4Octets ? depth / format.wordsTogether : 0
        Scratch.with(floats: rows * (depth + 2 * groups.count + 2 * octets)) { words in
          let scales = words + rows * depth
          let octetScales = scales + 2 * rows * groups.count
          Parallel.forEachRange(rows, minimum: 8) { range in
            for row in range {
              let (bytes, own) = (words + row * depth, scales + 2 * row * groups.count)
              table.quantize(x + row * width, width, groups, into: bytes, depth: depth, own)
              if octets > 0 {
                writeOctetScales(bytes, own, groups, into: octetScales + 2 * row * octets, octets)
              }
            }
          }
          body(
            ActivationRows(
              words: words, depth: depth, scales: scales, groups: groups,
              octetScales: octets > 0 ? UnsafePointer(octetScales) : nil))
        }
      }
    }
  }
}

extension KernelTable {
  /// Quantizes a row group by group; words that it does not fill become zeros.
  ///
  /// - Parameter scales: takes scale and offset of each group.
  fileprivate func quantize(
    _ x: UnsafePointer<Float>, _ width: Int, _ groups: QuantizationGroups,
    into words: UnsafeMutablePointer<Float>, depth: Int, _ scales: UnsafeMutablePointer<Float>
  ) {
    let used = WeightFormat.int8Quads.words(width)
    (words + used).update(repeating: 0, count: depth - used)
    for group in 0..<groups.count {
      let numbers = groups.range(group, of: width)
      quantize(
        x + numbers.lowerBound, words + group * groups.words, numbers.count, scales + 2 * group)
    }
  }
}

/// Writes what weights of four bits ask of each 32 bytes of a row: their scale, and −8 times their sum.
private func writeOctetScales(
  _ words: UnsafeRawPointer, _ scales: UnsafePointer<Float>, _ groups: QuantizationGroups,
  into out: UnsafeMutablePointer<Float>, _ octets: Int
) {
  let together = WeightFormat.int4Octets.wordsTogether
  for octet in 0..<octets {
    let bytes = UnsafeRawBufferPointer(
      start: words + 4 * together * octet, count: 4 * together)
    let sum = sumOf32Bytes(bytes)
    out[2 * octet] = scales[together * octet / groups.words * 2]
    out[2 * octet + 1] = -8 * Float(sum)
  }
}
