internal import CIntrinsics

/// exp(x), to 2 units in the last place; 0 below −87.3, +∞ above 88.7; NaN stays NaN.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; exp(r) by a minimax polynomial (relative error 3e-9), and
/// 2ⁿ through the exponent bits. ln 2 is split in two so that n·ln 2 is exact.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
  let magic = lanes_splat(12_582_912)
  let clamped = lanes_max(lanes_min(x, lanes_splat(88.37626)), lanes_splat(-87.33654))
  let shifted = lanes_fma(clamped, lanes_splat(1.442_695_04), magic)
  let n = shifted - magic
  var r = lanes_fma(n, lanes_splat(-0.693_359_375), clamped)
  r = lanes_fma(n, lanes_splat(2.121_944_4e-4), r)
  let q = polynomial(
    r, 0.001_395_060_6, 0.008_368_952, 0.041_666_206, 0.166_665_18, 0.5)
  let fraction = lanes_fma(q, r * r, r) + lanes_splat(1)
  let scaled = lanes_scale(fraction, shifted)
  let aboveZero = lanes_where_less(x, lanes_splat(-87.33654), lanes_splat(0), scaled)
  let bounded = lanes_where_less(
    lanes_splat(88.722_84), x, lanes_splat(.infinity), aboveZero)
  return lanes_where_nan(x, x, bounded)
}

/// erf(x), to 1e-7.
///
/// Up to 1, x·p(x²); beyond, 1 − exp(−q(x)); both minimax fits made for this file (errors 6e-10
/// and 1e-9 before rounding).
@inline(__always)
func errorFunction(_ x: Lanes) -> Lanes {
  let magnitude = lanes_magnitude(x)
  let square = x * x
  let inner =
    x
    * polynomial(
      square, 7.647_000e-5, -7.942_321_8e-4, 0.005_179_745_6, -0.026_848_59, 0.112_834_297,
      -0.376_126_05, 1.128_379_1)
  let z = lanes_min(magnitude, lanes_splat(4))
  let q = polynomial(
    z, -1.879_762_3e-4, 0.002_964_052_1, -0.021_906_666, 0.103_256_61, 0.637_964_5,
    1.127_202_6, 3.123_926_6e-4)
  let tail = lanes_splat(1) - exponential(lanes_splat(0) - q)
  let outer = lanes_where_less(x, lanes_splat(0), lanes_splat(0) - tail, tail)
  return lanes_where_less(lanes_splat(1), magnitude, outer, inner)
}

/// 1 / (1 + exp(−x)).
@inline(__always)
func logistic(_ x: Lanes) -> Lanes {
  lanes_splat(1) / (lanes_splat(1) + exponential(lanes_splat(0) - x))
}

// Horner's scheme, the highest power first.

@inline(__always)
private func polynomial(
  _ x: Lanes, _ c4: Float, _ c3: Float, _ c2: Float, _ c1: Float, _ c0: Float
) -> Lanes {
  var sum = lanes_fma(lanes_splat(c4), x, lanes_splat(c3))
  sum = lanes_fma(sum, x, lanes_splat(c2))
  sum = lanes_fma(sum, x, lanes_splat(c1))
  return lanes_fma(sum, x, lanes_splat(c0))
}

@inline(__always)
private func polynomial(
  _ x: Lanes, _ c6: Float, _ c5: Float, _ c4: Float, _ c3: Float, _ c2: Float, _ c1: Float,
  _ c0: Float
) -> Lanes {
  let sum = lanes_fma(lanes_splat(c6), x, lanes_splat(c5))
  return polynomial(x, lanes_fma(sum, x, lanes_splat(c4)), c3, c2, c1, c0)
}

/// The same, once the sum of the highest powers is known.
@inline(__always)
private func polynomial(
  _ x: Lanes, _ highest: Lanes, _ c3: Float, _ c2: Float, _ c1: Float, _ c0: Float
) -> Lanes {
  var sum = lanes_fma(highest, x, lanes_splat(c3))
  sum = lanes_fma(sum, x, lanes_splat(c2))
  sum = lanes_fma(sum, x, lanes_splat(c1))
  return lanes_fma(sum, x, lanes_splat(c0))
}
