internal import CTesseraIntrinsics

/// Turns pairs of neighbours: x·cos + (−x₁, x₀)·sin.
@inline(never)
func rotate(
  _ x: UnsafePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>,
  _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  eachRegister(count) { i, rest in
    let pairs = load(x + i, rest)
    let turned = lanes_quarter_turn(pairs) * load(sines + i, rest)
    store(out + i, lanes_fma(pairs, load(cosines + i, rest), turned), rest)
  }
}
