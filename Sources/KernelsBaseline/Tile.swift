internal import CTesseraIntrinsics

/// Columns of a panel.
@inline(__always) var panelWidth: Int { Int(ROW_REGISTERS) &* Int(LANE_COUNT) }

/// One row of a panel in registers, of which narrow instruction sets use two.
struct PanelRow<Product: WordProduct> {
  let w0, w1, w2, w3: Product.Weights

  @inline(__always) init(_ address: UnsafeRawPointer) {
    let step = Product.weightBytes
    w0 = Product.load(address)
    w1 = Product.load(address + step)
    w2 = row_is_wide() != 0 ? Product.load(address + 2 &* step) : w0
    w3 = row_is_wide() != 0 ? Product.load(address + 3 &* step) : w1
  }
}

/// Where the sums of a tile go, and what they are added to.
struct TileOutput {
  /// The first element of the tile's first row.
  let c: UnsafeMutablePointer<Float>
  let stride: Int
  let columns: Int
  /// What each sum is added to: the bias, what C holds, or zeros; and floats from one row's to the
  /// next.
  let base: UnsafePointer<Float>
  let baseStride: Int
  /// The two numbers of each of the tile's rows, and floats from one row's to the next.
  let rowScales: UnsafePointer<Float>?
  let rowScaleStride: Int
  /// The numbers of the panel's columns.
  let columnScales: UnsafeRawPointer

  @inline(__always) func below(_ rows: Int) -> TileOutput {
    TileOutput(
      c: c + rows &* stride, stride: stride, columns: columns, base: base + rows &* baseStride,
      baseStride: baseStride, rowScales: rowScales.map { $0 + rows &* rowScaleStride },
      rowScaleStride: rowScaleStride, columnScales: columnScales)
  }
}

/// Rows of a product that are computed together, all in registers.
///
/// A row is `ROW_REGISTERS` wide. A tile is a row, or a tile on top of another; the compiler takes
/// such a tower apart into registers, and its methods into straight code. Of 32 AVX-512 registers,
/// 6 rows take 24, the weights 4, the broadcast activation 1; of 16 AVX2 ones, 12, 2 and 1. A wide
/// tile reads fewer rows of activations at a time: those often stand a multiple of 4,096 bytes
/// apart, where the nearest cache has room for eight.
protocol Tile {
  associatedtype Product: WordProduct
  static var rows: Int { get }
  /// Whether two words of depth are faster together than one after the other.
  static var takesPairs: Bool { get }
  /// Begins sums of so many words; those of row r stand r·stride bytes behind a.
  init(_ a: UnsafeRawPointer, stride: Int, words: Int)
  /// Adds aᵣ·weights to each row r.
  mutating func accumulate(_ weights: PanelRow<Product>, _ a: UnsafeRawPointer, stride: Int)
  /// Adds two words of each row.
  mutating func accumulate(
    _ first: PanelRow<Product>, _ second: PanelRow<Product>, _ a: UnsafeRawPointer, stride: Int)
  func write(to output: TileOutput)
}

struct Row<Product: WordProduct>: Tile {
  var s0, s1, s2, s3: Product.Sums

  @inline(__always) static var rows: Int { 1 }
  @inline(__always) static var takesPairs: Bool { false }

  @inline(__always) init(_ a: UnsafeRawPointer, stride: Int, words: Int) {
    let start = Product.start(a, words: words)
    (s0, s1, s2, s3) = (start, start, start, start)
  }

  @inline(__always)
  mutating func accumulate(_ weights: PanelRow<Product>, _ a: UnsafeRawPointer, stride: Int) {
    let activation = Product.splat(a)
    s0 = Product.add(s0, activation, weights.w0)
    s1 = Product.add(s1, activation, weights.w1)
    if row_is_wide() != 0 {
      s2 = Product.add(s2, activation, weights.w2)
      s3 = Product.add(s3, activation, weights.w3)
    }
  }

  @inline(__always)
  mutating func accumulate(
    _ first: PanelRow<Product>, _ second: PanelRow<Product>, _ a: UnsafeRawPointer, stride: Int
  ) {
    accumulate(first, a, stride: stride)
    accumulate(second, a + 4, stride: stride)
  }

  @inline(__always)
  func write(to output: TileOutput) {
    let isWhole = output.columns == panelWidth
    write(s0, 0, isWhole, to: output)
    write(s1, 1, isWhole, to: output)
    if row_is_wide() != 0 {
      write(s2, 2, isWhole, to: output)
      write(s3, 3, isWhole, to: output)
    }
  }

  @inline(__always)
  private func write(
    _ sums: Product.Sums, _ register: Int, _ isWhole: Bool, to output: TileOutput
  ) {
    let start = register &* Int(LANE_COUNT)
    let x = Product.floats(
      sums, row: output.rowScales, columns: output.columnScales, first: start)
    let (c, base) = (output.c + start, output.base + start)
    if isWhole {
      lanes_store(c, x + lanes_load(base))
    } else if output.columns > start {
      let rest = output.columns &- start
      store(c, x + load(base, rest), rest)
    }
  }
}

struct Stack<Upper: Tile, Lower: Tile>: Tile where Upper.Product == Lower.Product {
  private var upper: Upper
  private var lower: Lower

  @inline(__always) static var rows: Int { Upper.rows &+ Lower.rows }
  @inline(__always) static var takesPairs: Bool { Upper.takesPairs }

  @inline(__always) init(_ a: UnsafeRawPointer, stride: Int, words: Int) {
    upper = Upper(a, stride: stride, words: words)
    lower = Lower(a + Upper.rows &* stride, stride: stride, words: words)
  }

  @inline(__always)
  mutating func accumulate(
    _ weights: PanelRow<Upper.Product>, _ a: UnsafeRawPointer, stride: Int
  ) {
    upper.accumulate(weights, a, stride: stride)
    lower.accumulate(weights, a + Upper.rows &* stride, stride: stride)
  }

  @inline(__always)
  mutating func accumulate(
    _ first: PanelRow<Upper.Product>, _ second: PanelRow<Upper.Product>, _ a: UnsafeRawPointer,
    stride: Int
  ) {
    upper.accumulate(first, second, a, stride: stride)
    lower.accumulate(first, second, a + Upper.rows &* stride, stride: stride)
  }

  @inline(__always)
  func write(to output: TileOutput) {
    upper.write(to: output)
    lower.write(to: output.below(Upper.rows))
  }
}

typealias Rows2<Product: WordProduct> = Stack<Row<Product>, Row<Product>>
typealias Rows3<Product: WordProduct> = Stack<Rows2<Product>, Row<Product>>
typealias Rows4<Product: WordProduct> = Stack<Rows2<Product>, Rows2<Product>>
typealias Rows5<Product: WordProduct> = Stack<Rows4<Product>, Row<Product>>
typealias Rows6<Product: WordProduct> = Stack<Rows4<Product>, Rows2<Product>>
