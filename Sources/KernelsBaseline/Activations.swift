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
