internal import CTesseraIntrinsics
import TesseraKernels

/// (x − mean) / √(variance + ε) · weight + bias over one row of x, or of x + residual.
@inline(never)
func layerNorm(_ row: LayerNormRow) {
  let lanes = Int(LANE_COUNT)
  let count = row.count
  let whole = count / lanes &* lanes
  let length = Float(count)
  let (weight, bias, out) = (row.weight, row.bias, row.out)

  // The sum with a residual goes into `out`, where the later passes find it in the nearest cache.
  var x = row.x
  let sums: Lanes
  if let residual = row.residual {
    sums = accumulate(count, lanes_splat(0), +) { sums, i, rest in
      let x = load(row.x + i, rest) + load(residual + i, rest)
      store(out + i, x, rest)
      return sums + x
    }
    x = UnsafePointer(out)
  } else {
    sums = accumulate(count, lanes_splat(0), +) { sums, i, rest in sums + load(x + i, rest) }
  }
  let mean = lanes_sum(sums) / length
  let means = lanes_splat(mean)

  let squares = accumulate(whole, lanes_splat(0), +) { squares, i, _ in
    let deviation = lanes_load(x + i) - means
    return lanes_fma(deviation, deviation, squares)
  }
  var total = lanes_sum(squares)
  var i = whole
  while i < count {
    let deviation = x[i] - mean
    total += deviation * deviation
    i &+= 1
  }
  let scale = lanes_splat(1 / (total / length + row.epsilon).squareRoot())

  eachRegister(count) { i, rest in
    let normal = (load(x + i, rest) - means) * scale
    store(out + i, lanes_fma(normal, load(weight + i, rest), load(bias + i, rest)), rest)
  }
}
