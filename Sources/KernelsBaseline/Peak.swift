internal import CTesseraIntrinsics
import TesseraKernels

/// Multiplies and adds in a full tile's registers, `steps` times, on a few words that stay in the
/// nearest cache: what the arithmetic unit can do. Gives the operations, additions apart.
@inline(never)
func runPeak(
  _ format: WeightFormat, _ steps: Int, _ words: UnsafeMutablePointer<Float>
) -> Int {
  switch format {
  case .f32, .f16, .bf16: return runTallest(PlainWeights.self, format, steps, words)
  case .bf16Pairs: return runTallest(PairProduct.self, format, steps, words)
  case .int8Quads where multiplies_squares() != 0: return run(Squares2.self, format, steps, words)
  case .int8Quads, .int4Octets: return runTallest(QuadProduct.self, format, steps, words)
  }
}

@inline(__always)
private func runTallest<Product: WordProduct>(
  _: Product.Type, _ format: WeightFormat, _ steps: Int, _ words: UnsafeMutablePointer<Float>
) -> Int {
  tile_rows() >= 6
    ? run(Rows6<Product>.self, format, steps, words)
    : run(Rows5<Product>.self, format, steps, words)
}

@inline(__always)
private func run<T: Tile>(
  _: T.Type, _ format: WeightFormat, _ steps: Int, _ words: UnsafeMutablePointer<Float>
) -> Int {
  var tile = T(words, stride: 4, words: 0)
  let weights = PanelRow<T.Product>(words)
  var step = 0
  while T.takesPairs && step < steps &- 1 {
    tile.accumulate(weights, weights, words + (step & 7), stride: 4)
    step &+= 2
  }
  while step < steps {
    // Not always the same word, or the compiler would take the product out of the loop.
    tile.accumulate(weights, words + (step & 7), stride: 4)
    step &+= 1
  }
  tile.write(
    to: TileOutput(
      c: words, stride: panelWidth, columns: panelWidth, base: zero_row(), baseStride: 0,
      rowScales: nil, rowScaleStride: 0, columnScales: words))
  return 2 &* steps &* T.rows &* panelWidth &* format.numbersPerWord
}
