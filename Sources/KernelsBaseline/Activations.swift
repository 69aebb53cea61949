internal import CTesseraIntrinsics

/// Replaces each of `count` floats x by function(x), a register at a time.
@inline(__always)
func transform(
  _ x: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Lanes) -> Lanes
) {
  eachRegister(count) { i, rest in store(x + i, function(load(x + i, rest)), rest) }
}

@inline(never)
func gelu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { $0 * normalDistribution($0) }
}

@inline(never)
func quickGELU(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { $0 * logistic(lanes_splat(1.702) * $0) }
}

@inline(never)
func relu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { lanes_where_less($0, lanes_splat(0), lanes_splat(0), $0) }
}

/// ½x(1 + tanh u) is x·σ(2u), with 2u = √(8/π)·(x + 0.044715 x³).
@inline(never)
func tanhGELU(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { x in
    let cubic = lanes_fma(x * x, lanes_splat(0.071_354_814), lanes_splat(1.595_769_12))
    return x * logistic(cubic * x)
  }
}

@inline(never)
func silu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  transform(x, count) { $0 * logistic($0) }
}

/// out ← x·y
@inline(never)
func multiply(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  eachRegister(count) { i, rest in store(out + i, load(x + i, rest) * load(y + i, rest), rest) }
}

/// out ← gate·σ(gate)·up
@inline(never)
func swiGLU(
  _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  eachRegister(count) { i, rest in
    let x = load(gate + i, rest)
    store(out + i, x * logistic(x) * load(up + i, rest), rest)
  }
}
