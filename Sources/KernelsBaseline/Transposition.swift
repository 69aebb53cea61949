internal import CTesseraIntrinsics

/// Rows of 16-bit numbers become columns: [rows, count] → [count, width], of which the first `rows`
/// columns are written. Row strides in bytes.
@inline(never)
func transposeHalves(
  _ x: UnsafeRawPointer, _ stride: Int, _ rows: Int, _ count: Int,
  _ out: UnsafeMutableRawPointer, _ outStride: Int
) {
  transpose(x, stride, rows, count, out, outStride, side: 8, as: UInt16.self) {
    transpose_halves($0, stride, $1, outStride)
  }
}

/// The same for words of 32 bits.
@inline(never)
func transposeWords(
  _ x: UnsafeRawPointer, _ stride: Int, _ rows: Int, _ count: Int,
  _ out: UnsafeMutableRawPointer, _ outStride: Int
) {
  transpose(x, stride, rows, count, out, outStride, side: 4, as: UInt32.self) {
    transpose_words($0, stride, $1, outStride)
  }
}

@inline(__always)
private func transpose<Element: FixedWidthInteger>(
  _ x: UnsafeRawPointer, _ stride: Int, _ rows: Int, _ count: Int,
  _ out: UnsafeMutableRawPointer, _ outStride: Int, side: Int, as _: Element.Type,
  _ square: (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
) {
  let size = MemoryLayout<Element>.size
  // A cache line of each row at a time.
  let block = 64 / size
  var start = 0
  while start < count {
    let end = min(start &+ block, count)
    var row = 0
    while row < rows {
      let from = x + (row &* stride &+ start &* size)
      let to = out + (row &* size &+ start &* outStride)
      let columns = end &- start
      let squares = row &+ side <= rows ? columns / side : 0
      for i in 0..<squares {
        square(from + i &* side &* size, to + i &* side &* outStride)
      }
      if squares &* side < columns {
        for r in 0..<min(side, rows &- row) {
          for k in squares &* side..<columns {
            let element = (from + (r &* stride &+ k &* size)).loadUnaligned(as: Element.self)
            (to + (k &* outStride &+ r &* size)).storeBytes(of: element, as: Element.self)
          }
        }
      }
      row &+= side
    }
    start = end
  }
}
