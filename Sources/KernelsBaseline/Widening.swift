internal import CTesseraIntrinsics

@inline(never)
func widenF16(_ halves: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  widen(halves, out, count) { lanes_load_f16($0) }
}

@inline(never)
func widenBF16(_ halves: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  widen(halves, out, count) { lanes_load_bf16($0) }
}

@inline(__always)
private func widen(
  _ halves: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int,
  _ load: (UnsafeRawPointer) -> Lanes
) {
  let lanes = Int(LANE_COUNT)
  var i = 0
  while i &+ lanes <= count {
    lanes_store(out + i, load(halves + 2 &* i))
    i &+= lanes
  }
  if i < count {
    // Through lanes' worth of memory of our own: nothing beyond the last half may be read.
    var rest = HalfLanes.zero
    withUnsafeMutableBytes(of: &rest) {
      $0.baseAddress?.copyMemory(from: halves + 2 &* i, byteCount: 2 &* (count &- i))
    }
    let wide = withUnsafeBytes(of: &rest) { $0.baseAddress.map(load) ?? lanes_splat(0) }
    lanes_store_first(out + i, wide, count &- i)
  }
}
