internal import CIntrinsics
import Kernels

/// (x − mean) / √(variance + ε) · weight + bias over one row of x, or of x + residual.
@inline(never)
func layerNorm(_ row: LayerNormRow) {
  let lanes = Int(LANE_COUNT)
  let count = row.count
  let whole = count / lanes &* lanes
  let length = Float(count)
  let (weight, bias, out) = (row.weight, row.bias, row.out)

  // The sum, or a copy, goes into `out`, where the later passes find it in the nearest cache.
  var sums = lanes_splat(0)
  if let residual = row.residual {
    eachRegister(count) { i, rest in
      let x = load(row.x + i, rest) + load(residual + i, rest)
      store(out + i, x, rest)
      sums = sums + x
    }
  } else {
    eachRegister(count) { i, rest in
      let x = load(row.x + i, rest)
      store(out + i, x, rest)
      sums = sums + x
    }
  }
  let mean = lanes_sum(sums) / length
  let means = lanes_splat(mean)

  var squares = lanes_splat(0)
  var i = 0
  while i < whole {
    let deviation = lanes_load(out + i) - means
    squares = lanes_fma(deviation, deviation, squares)
    i &+= lanes
  }
  var total = lanes_sum(squares)
  while i < count {
    let deviation = out[i] - mean
    total += deviation * deviation
    i &+= 1
  }
  let scale = lanes_splat(1 / (total / length + row.epsilon).squareRoot())

  eachRegister(count) { i, rest in
    let normal = (load(out + i, rest) - means) * scale
    store(out + i, lanes_fma(normal, load(weight + i, rest), load(bias + i, rest)), rest)
  }
}

/// Visits count floats a register at a time: the index of the first, and how many are left.
@inline(__always)
func eachRegister(_ count: Int, _ body: (_ index: Int, _ rest: Int) -> Void) {
  var i = 0
  while i < count {
    body(i, count &- i)
    i &+= Int(LANE_COUNT)
  }
}

/// A register of floats, zeros behind the last of `rest`.
@inline(__always)
func load(_ address: UnsafePointer<Float>, _ rest: Int) -> Lanes {
  rest >= Int(LANE_COUNT) ? lanes_load(address) : lanes_load_first(address, rest)
}

@inline(__always)
func store(_ address: UnsafeMutablePointer<Float>, _ x: Lanes, _ rest: Int) {
  if rest >= Int(LANE_COUNT) {
    lanes_store(address, x)
  } else {
    lanes_store_first(address, x, rest)
  }
}
