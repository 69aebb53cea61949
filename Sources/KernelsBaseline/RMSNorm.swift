internal import CTesseraIntrinsics

/// x / √(mean(x²) + ε) · weight over one row; `out` may be x.
@inline(never)
func rmsNorm(
  _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ epsilon: Float,
  _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  let squares = accumulate(count, lanes_splat(0), +) { squares, i, rest in
    let x = load(x + i, rest)
    return lanes_fma(x, x, squares)
  }
  let mean = lanes_sum(squares) / Float(count)
  let scale = lanes_splat(1 / (mean + epsilon).squareRoot())
  eachRegister(count) { i, rest in
    store(out + i, load(x + i, rest) * scale * load(weight + i, rest), rest)
  }
}
