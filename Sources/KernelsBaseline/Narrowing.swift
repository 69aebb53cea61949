internal import CTesseraIntrinsics

/// Rounds count floats to bfloat16, two in a word; a last half word is filled up with 0. The words
/// may take the place of the numbers.
@inline(never)
func narrow(_ x: UnsafePointer<Float>, _ out: UnsafeMutableRawPointer, _ count: Int) {
  eachRegister(count) { i, rest in storePairs(out + 2 &* i, load(x + i, rest), rest) }
}

/// Stores the first `rest` numbers of a register in bfloat16, two in a word; numbers behind them
/// are zeros.
@inline(__always)
func storePairs(_ address: UnsafeMutableRawPointer, _ x: Lanes, _ rest: Int) {
  if rest >= Int(LANE_COUNT) {
    lanes_store_bf16(address, x)
  } else {
    var halves = HalfLanes.zero
    lanes_store_bf16(&halves, x)
    address.copyMemory(from: &halves, byteCount: (rest &+ 1) / 2 &* 4)
  }
}

/// Two rows of numbers as one of words: each word holds a number of each row, in bfloat16.
@inline(never)
func pair(
  _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>?, _ out: UnsafeMutableRawPointer,
  _ count: Int
) {
  let lanes = Int(LANE_COUNT)
  eachRegister(count) { i, rest in
    var (low, high) = (HalfLanes.zero, HalfLanes.zero)
    lanes_store_bf16(&low, load(first + i, rest))
    if let second { lanes_store_bf16(&high, load(second + i, rest)) }
    var words = words_from_halves(low, high)
    (out + 4 &* i).copyMemory(from: &words, byteCount: 4 &* min(rest, lanes))
  }
}
