internal import CIntrinsics

/// The largest of count numbers; −∞ of none.
@inline(never)
func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  let lanes = Int(LANE_COUNT)
  var maxima = lanes_splat(-.infinity)
  var i = 0
  while i &+ lanes <= count {
    maxima = lanes_max(lanes_load(x + i), maxima)
    i &+= lanes
  }
  var largest = lanes_largest(maxima)
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
  let lanes = Int(LANE_COUNT)
  let (maxima, scales) = (lanes_splat(maximum), lanes_splat(scale))
  var sums = lanes_splat(0)
  var i = 0
  while i &+ lanes <= count {
    let y = exponential((lanes_load(x + i) - maxima) * scales)
    lanes_store(x + i, y)
    sums = sums + y
    i &+= lanes
  }
  var sum = lanes_sum(sums)
  if i < count {
    lanes_store_first(
      x + i, exponential((lanes_load_first(x + i, count &- i) - maxima) * scales), count &- i)
    while i < count {
      sum += x[i]
      i &+= 1
    }
  }
  return sum
}
