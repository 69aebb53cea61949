internal import CTesseraIntrinsics

/// Quantises a row to bytes q with x ≈ offset + scale·q, so that its smallest number becomes 0 and
/// its largest 255. Four bytes stand in a word; the last word is filled up with zeros.
@inline(never)
func quantize(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutableRawPointer, _ count: Int,
  _ scales: UnsafeMutablePointer<Float>
) {
  let lanes = Int(LANE_COUNT)
  let whole = count / lanes &* lanes
  let extremes = accumulate(whole, Extremes(), Extremes.merged) { extremes, i, _ in
    extremes.including(lanes_load(x + i))
  }
  var low = -lanes_largest(lanes_splat(0) - extremes.lows)
  var high = lanes_largest(extremes.highs)
  var zero = lanes_sum(extremes.zeros)
  var i = whole
  while i < count {
    if x[i] < low { low = x[i] }
    if x[i] > high { high = x[i] }
    zero += x[i] * 0
    i &+= 1
  }
  let scale = (high - low) / 255
  scales[0] = scale + zero
  scales[1] = low
  let factor = lanes_splat(scale > 0 ? 1 / scale : 0)
  let offset = lanes_splat(low)
  writeBytes(x, out, count) { ($0 - offset) * factor }
  var end = count
  while end & 3 != 0 {
    (out + end).storeBytes(of: 0, as: UInt8.self)
    end &+= 1
  }
}

/// The smallest and largest numbers of each lane.
private struct Extremes {
  var lows = lanes_splat(.infinity)
  var highs = lanes_splat(-.infinity)
  /// Stays 0; a number that is not finite makes it NaN, and with it the whole row of the product.
  var zeros = lanes_splat(0)

  @inline(__always)
  func including(_ x: Lanes) -> Extremes {
    Extremes(
      lows: lanes_min(x, lows), highs: lanes_max(x, highs),
      zeros: lanes_fma(x, lanes_splat(0), zeros))
  }

  @inline(__always)
  static func merged(_ a: Extremes, _ b: Extremes) -> Extremes {
    Extremes(
      lows: lanes_min(a.lows, b.lows), highs: lanes_max(a.highs, b.highs),
      zeros: a.zeros + b.zeros)
  }
}

/// Quantises a row to signed bytes with x ≈ scale·q, the largest magnitude becoming 127. Gives the
/// scale.
@inline(never)
func quantizeSymmetric(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutableRawPointer, _ count: Int
) -> Float {
  var magnitudes = lanes_splat(0)
  var zeros = lanes_splat(0)
  eachRegister(count) { i, rest in
    let y = load(x + i, rest)
    magnitudes = lanes_max(lanes_magnitude(y), magnitudes)
    zeros = lanes_fma(y, lanes_splat(0), zeros)
  }
  let scale = lanes_largest(magnitudes) / 127
  let factor = lanes_splat(scale > 0 ? 1 / scale : 0)
  writeBytes(x, out, count) { $0 * factor }
  return scale + lanes_sum(zeros)
}

/// Writes a byte for each of count numbers, and nothing behind them.
@inline(__always)
private func writeBytes(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutableRawPointer, _ count: Int,
  _ scaled: (Lanes) -> Lanes
) {
  eachRegister(count) { i, rest in
    let y = scaled(load(x + i, rest))
    if rest >= Int(LANE_COUNT) {
      lanes_store_bytes(out + i, y)
    } else {
      var bytes = (UInt64(0), UInt64(0))
      lanes_store_bytes(&bytes, y)
      (out + i).copyMemory(from: &bytes, byteCount: rest)
    }
  }
}
