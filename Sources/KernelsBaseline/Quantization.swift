internal import CIntrinsics

/// Quantises a row to bytes q with x ≈ offset + scale·q, so that its smallest number becomes 0 and
/// its largest 255. Four bytes stand in a word; the last word is filled up with zeros.
@inline(never)
func quantize(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutableRawPointer, _ count: Int,
  _ scales: UnsafeMutablePointer<Float>
) {
  let lanes = Int(LANE_COUNT)
  var (lows, highs) = (lanes_splat(.infinity), lanes_splat(-.infinity))
  // Stays 0; a number that is not finite makes it NaN, and with it the whole row of the product.
  var zeros = lanes_splat(0)
  var i = 0
  while i &+ lanes <= count {
    let y = lanes_load(x + i)
    lows = lanes_min(y, lows)
    highs = lanes_max(y, highs)
    zeros = lanes_fma(y, lanes_splat(0), zeros)
    i &+= lanes
  }
  var low = -lanes_largest(lanes_splat(0) - lows)
  var high = lanes_largest(highs)
  var zero = lanes_sum(zeros)
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
