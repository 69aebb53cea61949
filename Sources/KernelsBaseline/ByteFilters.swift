internal import CTesseraIntrinsics
import TesseraKernels

/// Filters a row of pixels along itself.
///
/// A register of bytes is weighed as it stands, pixels of one, two or four channels repeating within
/// it, those of three within three registers.
@inline(never)
func filterRow(_ filter: ByteRowFilter) {
  let lanes = Int(LANE_COUNT)
  let bits = Int32(truncatingIfNeeded: filter.fractionBits)
  let half = Int32(1) << (bits &- 1)
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
      out[channel] = byte(sums[channel] &+ half, bits)
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
    filter.out[i] = byte(sum, bits)
    i &+= 1
  }
}

/// The nearest byte to a sum, in which half is added already.
@inline(__always)
private func byte(_ sum: Int32, _ bits: Int32) -> UInt8 {
  let whole = sum &>> bits
  return UInt8(truncatingIfNeeded: whole < 0 ? 0 : whole > 255 ? 255 : whole)
}
