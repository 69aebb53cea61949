internal import CTesseraIntrinsics

/// exp(x), to 2 units in the last place; NaN stays NaN.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; exp(r) by a minimax polynomial (relative error 3e-9), then
/// times 2ⁿ. ln 2 is split in two so that n·ln 2 is exact.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  // Beyond these bounds the answers are 0 and +∞ already.
  let clamped = lanes_max(lanes_splat(-105), lanes_min(lanes_splat(90), x))
  // Adding 1.5·2²³ rounds to an integer.
  let magic = lanes_splat(12_582_912)
  let n = lanes_fma(clamped, lanes_splat(1.442_695_04), magic) - magic
  var r = lanes_fma(n, lanes_splat(-0.693_359_375), clamped)
  r = lanes_fma(n, lanes_splat(2.121_944_4e-4), r)
  let q = polynomial(
    r, 0.001_395_060_6, 0.008_368_952, 0.041_666_206, 0.166_665_18, 0.5)
  return lanes_scale(lanes_fma(q, r * r, r) + lanes_splat(1), n)
}

/// 2ˣ, to 3e-6 of it; NaN stays NaN. For what is rounded to bfloat16 next, whose step is 4e-3.
///
/// x = n + f with |f| ≤ 1/2; 2ᶠ by a minimax polynomial made for this file, then times 2ⁿ.
@inline(__always)
func roughPowerOfTwo(_ x: Lanes) -> Lanes {
  // Below, the answer is 0 already; above, no one asks.
  let clamped = lanes_max(lanes_splat(-150), lanes_min(lanes_splat(127), x))
  let magic = lanes_splat(12_582_912)
  let n = (clamped + magic) - magic
  let p = polynomial(
    clamped - n, 0.009_582_853, 0.055_906_426, 0.240_240_99, 0.693_124_18, 1)
  return lanes_scale(p, n)
}

/// The share of a normal distribution below x, Φ(x) = (1 + erf(x/√2)) / 2, to 1.5e-7; NaN stays
/// NaN.
///
/// Φ(x) − 1/2 = x·p(x²)/q(x²), a minimax fit made for this file (error 7e-9 before rounding) up to
/// |x| = 5.5, beyond which it is 0 or 1 to the last place.
@inline(__always)
func normalDistribution(_ x: Lanes) -> Lanes {
  let bound: Float = 5.5
  let t = lanes_max(lanes_splat(-bound), lanes_min(lanes_splat(bound), x))
  let square = t * t
  let p = polynomial(
    square,
    lanes_fma(lanes_splat(2.274_949_8e-8), square, lanes_splat(6.352_116e-6)),
    1.688_247_7e-4, 0.004_677_255, 0.033_852_555, 0.398_942_24)
  let q = polynomial(
    square,
    lanes_fma(lanes_splat(1.197_507_8e-6), square, lanes_splat(7.364_724_6e-5)),
    0.001_884_439_6, 0.028_645_82, 0.251_521_67, 1)
  return lanes_where_less(x, lanes_splat(-bound), lanes_splat(0), lanes_splat(0.5) + t * p / q)
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
