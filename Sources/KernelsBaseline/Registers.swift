internal import CTesseraIntrinsics

/// Visits count floats a register at a time: the index of the first, and how many are left.
@inline(__always)
func eachRegister(_ count: Int, _ body: (_ index: Int, _ rest: Int) -> Void) {
  let lanes = Int(LANE_COUNT)
  var i = 0
  while i &+ lanes <= count {
    body(i, lanes)
    i &+= lanes
  }
  if i < count { body(i, count &- i) }
}

/// The same, with four accumulators in turn, so that none waits for the one before, and merged in
/// the end.
@inline(__always)
func accumulate<Accumulator>(
  _ count: Int, _ empty: Accumulator, _ merge: (Accumulator, Accumulator) -> Accumulator,
  _ body: (_ old: Accumulator, _ index: Int, _ rest: Int) -> Accumulator
) -> Accumulator {
  let lanes = Int(LANE_COUNT)
  var (a, b, c, d) = (empty, empty, empty, empty)
  var i = 0
  while i &+ 4 &* lanes <= count {
    a = body(a, i, lanes)
    b = body(b, i &+ lanes, lanes)
    c = body(c, i &+ 2 &* lanes, lanes)
    d = body(d, i &+ 3 &* lanes, lanes)
    i &+= 4 &* lanes
  }
  while i &+ lanes <= count {
    a = body(a, i, lanes)
    i &+= lanes
  }
  if i < count { a = body(a, i, count &- i) }
  return merge(merge(a, b), merge(c, d))
}

/// A register of floats, zeros behind the last of `rest`.
@inline(__always)
func load(_ address: UnsafePointer<Float>, _ rest: Int) -> Lanes {
  rest >= Int(LANE_COUNT) ? lanes_load(address) : lanes_load_first(address, rest)
}

@inline(__always)
func store(_ address: UnsafeMutablePointer<Float>, _ x: Lanes, _ rest: Int) {
  if rest >= Int(LANE_COUNT) {
    lanes_store(address, x)
  } else {
    lanes_store_first(address, x, rest)
  }
}
