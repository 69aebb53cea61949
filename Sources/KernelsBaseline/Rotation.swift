internal import CTesseraIntrinsics

/// Turns pairs of which one number stands in either half of count: (a·cos − b·sin, b·cos + a·sin).
@inline(never)
func rotateHalves(
  _ x: UnsafePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>,
  _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  let half = count / 2
  eachRegister(half) { i, rest in
    let (a, b) = (load(x + i, rest), load(x + half + i, rest))
    let (cosine, sine) = (load(cosines + i, rest), load(sines + i, rest))
    store(out + i, lanes_fma(a, cosine, (lanes_splat(0) - b) * sine), rest)
    store(out + half + i, lanes_fma(b, cosine, a * sine), rest)
  }
}

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
