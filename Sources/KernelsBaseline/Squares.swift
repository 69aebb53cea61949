internal import CTesseraIntrinsics

/// Two rows of bytes, of which one instruction multiplies eight numbers each by eight of two columns.
///
/// While it accumulates, the sums of a register's lower two columns stand in the upper row's
/// registers, those of the upper two in the lower's: rows of sums they become when they are written.
struct Squares: Tile {
  private var upper: Row<QuadProduct>
  private var lower: Row<QuadProduct>

  @inline(__always) static var rows: Int { 2 }
  @inline(__always) static var takesPairs: Bool { true }

  @inline(__always) init(_ a: UnsafeRawPointer, stride: Int, words: Int) {
    upper = Row(a, stride: stride, words: words)
    lower = Row(a + stride, stride: stride, words: words)
  }

  @inline(__always)
  mutating func accumulate(_ weights: PanelRow<QuadProduct>, _ a: UnsafeRawPointer, stride: Int) {
    // Zeros meet what stands for the second word.
    add(square_rows(a, stride, 1), weights, weights)
  }

  @inline(__always)
  mutating func accumulate(
    _ first: PanelRow<QuadProduct>, _ second: PanelRow<QuadProduct>, _ a: UnsafeRawPointer,
    stride: Int
  ) {
    add(square_rows(a, stride, 2), first, second)
  }

  @inline(__always)
  private mutating func add(
    _ rows: IntLanes, _ first: PanelRow<QuadProduct>, _ second: PanelRow<QuadProduct>
  ) {
    upper.s0 = squares_dot(upper.s0, rows, first.w0.even, second.w0.even, 1)
    lower.s0 = squares_dot(lower.s0, rows, first.w0.even, second.w0.even, 0)
    upper.s1 = squares_dot(upper.s1, rows, first.w1.even, second.w1.even, 1)
    lower.s1 = squares_dot(lower.s1, rows, first.w1.even, second.w1.even, 0)
    upper.s2 = squares_dot(upper.s2, rows, first.w2.even, second.w2.even, 1)
    lower.s2 = squares_dot(lower.s2, rows, first.w2.even, second.w2.even, 0)
    upper.s3 = squares_dot(upper.s3, rows, first.w3.even, second.w3.even, 1)
    lower.s3 = squares_dot(lower.s3, rows, first.w3.even, second.w3.even, 0)
  }

  @inline(__always)
  func write(to output: TileOutput) {
    row(0).write(to: output)
    row(1).write(to: output.below(1))
  }

  @inline(__always)
  private func row(_ row: Int32) -> Row<QuadProduct> {
    var sums = upper
    sums.s0 = squares_row(upper.s0, lower.s0, row)
    sums.s1 = squares_row(upper.s1, lower.s1, row)
    sums.s2 = squares_row(upper.s2, lower.s2, row)
    sums.s3 = squares_row(upper.s3, lower.s3, row)
    return sums
  }
}

/// The highest: beside the sums of six rows there is no room for eight registers of weights in twos.
typealias Squares2 = Stack<Squares, Squares>
