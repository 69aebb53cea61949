internal import CIntrinsics

/// Rows of a product that are computed together, all in registers.
///
/// A row is two registers wide. A tile is a row, or a tile on top of another; the compiler takes
/// such a tower apart into registers, and its methods into straight code. Of 32 AVX-512 registers,
/// 14 rows take 28, the weights 2, the broadcast activation 1; of 16 AVX2 ones, 6 rows take 12.
protocol Tile {
  static var rows: Int { get }
  /// Zeros.
  init()
  /// Adds aᵣ·(b0, b1) to each row r, whose activation stands at a + r·stride.
  mutating func accumulate(_ b0: Lanes, _ b1: Lanes, _ a: UnsafePointer<Float>, stride: Int)
  mutating func add(_ b0: Lanes, _ b1: Lanes)
  /// Adds what stands at c.
  mutating func add(_ c: UnsafePointer<Float>, stride: Int, columns: Int)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int, columns: Int)
}

struct Row: Tile {
  private var left: Lanes
  private var right: Lanes

  @inline(__always) static var rows: Int { 1 }

  @inline(__always) init() {
    left = lanes_splat(0)
    right = lanes_splat(0)
  }

  @inline(__always)
  mutating func accumulate(
    _ b0: Lanes, _ b1: Lanes, _ a: UnsafePointer<Float>, stride: Int
  ) {
    let factor = lanes_splat(a.pointee)
    left = lanes_fma(factor, b0, left)
    right = lanes_fma(factor, b1, right)
  }

  @inline(__always)
  mutating func add(_ b0: Lanes, _ b1: Lanes) {
    left = left + b0
    right = right + b1
  }

  @inline(__always)
  mutating func add(_ c: UnsafePointer<Float>, stride: Int, columns: Int) {
    let (b0, b1) = loadPair(c, columns)
    add(b0, b1)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int, columns: Int) {
    let lanes = Int(LANE_COUNT)
    if columns == 2 &* lanes {
      lanes_store(c, left)
      lanes_store(c + lanes, right)
    } else if columns > lanes {
      lanes_store(c, left)
      lanes_store_first(c + lanes, right, columns &- lanes)
    } else {
      lanes_store_first(c, left, columns)
    }
  }
}

/// The first `columns` of up to two registers of floats, then zeros.
@inline(__always)
func loadPair(_ address: UnsafePointer<Float>, _ columns: Int) -> (Lanes, Lanes) {
  let lanes = Int(LANE_COUNT)
  if columns == 2 &* lanes { return (lanes_load(address), lanes_load(address + lanes)) }
  if columns > lanes {
    return (lanes_load(address), lanes_load_first(address + lanes, columns &- lanes))
  }
  return (lanes_load_first(address, columns), lanes_splat(0))
}

struct Stack<Upper: Tile, Lower: Tile>: Tile {
  private var upper: Upper
  private var lower: Lower

  @inline(__always) static var rows: Int { Upper.rows &+ Lower.rows }

  @inline(__always) init() {
    upper = Upper()
    lower = Lower()
  }

  @inline(__always)
  mutating func accumulate(
    _ b0: Lanes, _ b1: Lanes, _ a: UnsafePointer<Float>, stride: Int
  ) {
    upper.accumulate(b0, b1, a, stride: stride)
    lower.accumulate(b0, b1, a + Upper.rows &* stride, stride: stride)
  }

  @inline(__always)
  mutating func add(_ b0: Lanes, _ b1: Lanes) {
    upper.add(b0, b1)
    lower.add(b0, b1)
  }

  @inline(__always)
  mutating func add(_ c: UnsafePointer<Float>, stride: Int, columns: Int) {
    upper.add(c, stride: stride, columns: columns)
    lower.add(c + Upper.rows &* stride, stride: stride, columns: columns)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int, columns: Int) {
    upper.store(c, stride: stride, columns: columns)
    lower.store(c + Upper.rows &* stride, stride: stride, columns: columns)
  }
}

typealias Rows2 = Stack<Row, Row>
typealias Rows3 = Stack<Rows2, Row>
typealias Rows4 = Stack<Rows2, Rows2>
typealias Rows5 = Stack<Rows4, Row>
typealias Rows6 = Stack<Rows4, Rows2>
typealias Rows7 = Stack<Rows4, Rows3>
typealias Rows8 = Stack<Rows4, Rows4>
typealias Rows9 = Stack<Rows8, Row>
typealias Rows10 = Stack<Rows8, Rows2>
typealias Rows11 = Stack<Rows8, Rows3>
typealias Rows12 = Stack<Rows8, Rows4>
typealias Rows13 = Stack<Rows8, Rows5>
typealias Rows14 = Stack<Rows8, Rows6>
