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

/// Visits count floats a register at a time: the index of the first, and how many are left.
@inline(__always)
func eachRegister(_ count: Int, _ body: (_ index: Int, _ rest: Int) -> Void) {
  let lanes = Int(LANE_COUNT)
  var i = 0
  while i &+ lanes <= count {
    body(i, lanes)
    i &+= lanes
  }
  if i < count { body(i, count &- i) }
}

/// The same, with four accumulators in turn, so that none waits for the one before; merged at the end.
@inline(__always)
func accumulate<Accumulator>(
  _ count: Int, _ empty: Accumulator, _ merge: (Accumulator, Accumulator) -> Accumulator,
  _ body: (_ old: Accumulator, _ index: Int, _ rest: Int) -> Accumulator
) -> Accumulator {
  let lanes = Int(LANE_COUNT)
  var (a, b, c, d) = (empty, empty, empty, empty)
  var i = 0
  while i &+ 4 &* lanes <= count {
    a = body(a, i, lanes)
    b = body(b, i &+ lanes, lanes)
    c = body(c, i &+ 2 &* lanes, lanes)
    d = body(d, i &+ 3 &* lanes, lanes)
    i &+= 4 &* lanes
  }
  while i &+ lanes <= count {
    a = body(a, i, lanes)
    i &+= lanes
  }
  if i < count { a = body(a, i, count &- i) }
  return merge(merge(a, b), merge(c, d))
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
