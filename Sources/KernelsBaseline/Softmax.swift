internal import CTesseraIntrinsics

/// The largest of count numbers; −∞ of none.
@inline(never)
func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  let lanes = Int(LANE_COUNT)
  let whole = count / lanes &* lanes
  let maxima = accumulate(whole, lanes_splat(-.infinity), lanes_max) { maxima, i, _ in
    lanes_max(lanes_load(x + i), maxima)
  }
  var largest = lanes_largest(maxima)
  var i = whole
  while i < count {
    if x[i] > largest { largest = x[i] }
    i &+= 1
  }
  return largest
}

/// x ← exp((x − maximum)·scale) in place; gives their sum.
@inline(never)
func exponentiate(
  _ x: UnsafeMutablePointer<Float>, _ count: Int, _ maximum: Float, _ scale: Float
) -> Float {
  let (maxima, scales) = (lanes_splat(maximum), lanes_splat(scale))
  var sums = lanes_splat(0)
  eachRegister(count) { i, rest in
    var y = exponential((load(x + i, rest) - maxima) * scales)
    if rest < Int(LANE_COUNT) { y = lanes_first(y, rest) }
    store(x + i, y, rest)
    sums = sums + y
  }
  return lanes_sum(sums)
}

/// The same as powers of two, rounded to bfloat16, two in a word; a last half word is filled up
/// with 0. The sum is that of the weights before they are rounded.
@inline(never)
func exponentiateToPairs(
  _ x: UnsafeMutablePointer<Float>, _ count: Int, _ maximum: Float, _ scale: Float
) -> Float {
  let words = UnsafeMutableRawPointer(x)
  let factor = scale * 1.442_695_04
  let (factors, offsets) = (lanes_splat(factor), lanes_splat(-maximum * factor))
  var sums = lanes_splat(0)
  eachRegister(count) { i, rest in
    var y = roughPowerOfTwo(lanes_fma(load(x + i, rest), factors, offsets))
    if rest < Int(LANE_COUNT) { y = lanes_first(y, rest) }
    storePairs(words + 2 &* i, y, rest)
    sums = sums + y
  }
  return lanes_sum(sums)
}
