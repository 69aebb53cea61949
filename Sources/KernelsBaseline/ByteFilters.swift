internal import CIntrinsics
import Kernels

/// Filters a row of pixels along itself.
///
/// A register of bytes is weighed as it stands, pixels of one, two or four channels repeating within
/// it, those of three within three registers.
@inline(never)
func filterRow(_ filter: ByteRowFilter) {
  let lanes = Int(LANE_COUNT)
  let half = Int32(1) << Int32(filter.fractionBits &- 1)
  var weights = UnsafeRawPointer(filter.weights)
  var out = filter.out
  var output = 0
  while output < filter.outputs {
    var x = filter.source + filter.starts[output]
    var (a, b, c) = (IntLanes(), IntLanes(), IntLanes())
    func add(to sums: inout IntLanes) {
      sums = sums &+ bytes_load(x) &* words_load(weights)
      x += lanes
      weights += 4 &* lanes
    }
    var left = filter.counts[output] / lanes
    while left >= 3 {
      add(to: &a)
      add(to: &b)
      add(to: &c)
      left &-= 3
    }
    if left > 0 { add(to: &a) }
    if left > 1 { add(to: &b) }
    let sums = words_sum_by_channel(a, b, c, Int32(truncatingIfNeeded: filter.channels))
    var channel = 0
    while channel < filter.channels {
      let sum = (sums[channel] &+ half) &>> Int32(truncatingIfNeeded: filter.fractionBits)
      out[channel] = UInt8(truncatingIfNeeded: sum < 0 ? 0 : sum > 255 ? 255 : sum)
      channel &+= 1
    }
    out += filter.channels
    output &+= 1
  }
}

/// Filters neighbouring rows into one.
@inline(never)
func filterColumns(_ filter: ByteColumnFilter) {
  let lanes = Int(LANE_COUNT)
  let bits = Int32(truncatingIfNeeded: filter.fractionBits)
  var half = Int32(1) << (bits &- 1)
  let start = words_splat(&half)
  var i = 0
  while i &+ 4 &* lanes <= filter.count {
    var (a, b, c, d) = (start, start, start, start)
    var x = filter.source + i
    var row = 0
    while row < filter.rows {
      let weight = words_splat(filter.weights + row)
      a = a &+ bytes_load(x) &* weight
      b = b &+ bytes_load(x + lanes) &* weight
      c = c &+ bytes_load(x + 2 &* lanes) &* weight
      d = d &+ bytes_load(x + 3 &* lanes) &* weight
      x += filter.stride
      row &+= 1
    }
    let out = filter.out + i
    words_store_bytes(out, a, bits)
    words_store_bytes(out + lanes, b, bits)
    words_store_bytes(out + 2 &* lanes, c, bits)
    words_store_bytes(out + 3 &* lanes, d, bits)
    i &+= 4 &* lanes
  }
  while i &+ lanes <= filter.count {
    var sums = start
    var x = filter.source + i
    var row = 0
    while row < filter.rows {
      sums = sums &+ bytes_load(x) &* words_splat(filter.weights + row)
      x += filter.stride
      row &+= 1
    }
    words_store_bytes(filter.out + i, sums, bits)
    i &+= lanes
  }
  while i < filter.count {
    var sum = half
    var x = filter.source + i
    var row = 0
    while row < filter.rows {
      sum &+= Int32(x.pointee) &* filter.weights[row]
      x += filter.stride
      row &+= 1
    }
    sum = sum &>> bits
    filter.out[i] = UInt8(truncatingIfNeeded: sum < 0 ? 0 : sum > 255 ? 255 : sum)
    i &+= 1
  }
}
