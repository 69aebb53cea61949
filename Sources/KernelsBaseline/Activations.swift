internal import CIntrinsics

/// Replaces each of `count` floats x by function(x), a register at a time.
@inline(__always)
func transform(
  _ x: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Lanes) -> Lanes
) {
  let lanes = Int(LANE_COUNT)
  var i = 0
  while i &+ lanes <= count {
    lanes_store(x + i, function(lanes_load(x + i)))
    i &+= lanes
  }
  if i < count {
    lanes_store_first(x + i, function(lanes_load_first(x + i, count &- i)), count &- i)
  }
}

@inline(never)
func gelu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) {
    lanes_splat(0.5) * $0 * (lanes_splat(1) + errorFunction($0 * lanes_splat(0.707_106_77)))
  }
}

@inline(never)
func quickGELU(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { $0 * logistic(lanes_splat(1.702) * $0) }
}

@inline(never)
func relu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { lanes_where_less($0, lanes_splat(0), lanes_splat(0), $0) }
}

/// out ← gate·σ(gate)·up
@inline(never)
func swiGLU(
  _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  let lanes = Int(LANE_COUNT)
  var i = 0
  while i < count {
    if i &+ lanes <= count {
      let x = lanes_load(gate + i)
      lanes_store(out + i, x * logistic(x) * lanes_load(up + i))
    } else {
      let x = lanes_load_first(gate + i, count &- i)
      let y = x * logistic(x) * lanes_load_first(up + i, count &- i)
      lanes_store_first(out + i, y, count &- i)
    }
    i &+= lanes
  }
}
