internal import CTesseraIntrinsics
import TesseraKernels

/// Scores of rows of floats.
@inline(never)
func scoreRows(_ product: RowScores) {
  multiply(product, FloatRows.self) { sums, _, _ in sums }
}

/// Scores of rows of codes, each with what it may be too low by.
@inline(never)
func scoreCodes(_ codes: CodeScores) {
  let offset = code_offset()
  multiply(codes.product, CodeRows.self) { sums, rows, query in
    let factors = codes.factors[query]
    let exact = four_from_integers(sums &- FourInts(repeating: factors.sum &* offset))
    let bound =
      four_splat(factors.error) * rows.load(codes.errors)
      + four_splat(factors.norm) * rows.load(codes.norms)
    return exact * (four_splat(factors.scale) * rows.load(codes.scales)) + bound
  }
}

/// Writes the places of count numbers that are not below a limit; gives how many these are.
@inline(never)
func select(
  _ x: UnsafePointer<Float>, _ count: Int, _ limit: Float, _ out: UnsafeMutablePointer<Int32>
) -> Int {
  var found = 0
  eachRegister(count) { i, rest in
    var mask = lanes_not_below(load(x + i, rest), limit)
    if rest < Int(LANE_COUNT) { mask &= (UInt32(1) << UInt32(truncatingIfNeeded: rest)) &- 1 }
    while mask != 0 {
      out[found] = Int32(truncatingIfNeeded: i &+ mask.trailingZeroBitCount)
      found &+= 1
      mask &= mask &- 1
    }
  }
  return found
}

// MARK: Rows in fours

/// Four rows that are read together, of which fewer may be asked for.
private struct RowGroup {
  /// How many count; the last is repeated beyond them.
  let count: Int
  private let i0, i1, i2, i3: Int

  @inline(__always) init(_ product: RowScores, from first: Int) {
    count = product.count &- first < 4 ? product.count &- first : 4
    let last = first &+ count &- 1
    func index(_ i: Int) -> Int {
      let place = first &+ i < last ? first &+ i : last
      return product.indices.map { Int($0[place]) } ?? place
    }
    (i0, i1, i2, i3) = (index(0), index(1), index(2), index(3))
  }

  /// The addresses of the rows.
  @inline(__always) func addresses(_ product: RowScores, rowBytes: Int) -> RowAddresses {
    RowAddresses(
      a: product.rows + i0 &* rowBytes, b: product.rows + i1 &* rowBytes,
      c: product.rows + i2 &* rowBytes, d: product.rows + i3 &* rowBytes)
  }

  /// A number for each of the rows.
  @inline(__always) func load(_ numbers: UnsafePointer<Float>) -> FourFloats {
    if i3 &- i0 == 3 { return four_load(numbers + i0) }
    return FourFloats(numbers[i0], numbers[i1], numbers[i2], numbers[i3])
  }

  @inline(__always) func store(_ x: FourFloats, _ out: UnsafeMutablePointer<Float>) {
    if count == 4 { return four_store(out, x) }
    var i = 0
    while i < count {
      out[i] = x[i]
      i &+= 1
    }
  }
}

private struct RowAddresses {
  let a, b, c, d: UnsafeRawPointer

  /// The last for all numbers from 3 on.
  @inline(__always) func row(_ i: Int) -> UnsafeRawPointer {
    i == 0 ? a : i == 1 ? b : i == 2 ? c : d
  }
}

/// Fours of rows outermost, so that each is read from memory once; within them queries, in tiles.
@inline(__always)
private func multiply<Numbers: RowNumbers>(
  _ product: RowScores, _: Numbers.Type,
  _ finish: (_ sums: Numbers.FourSums, _ rows: RowGroup, _ query: Int) -> FourFloats
) {
  let rowBytes = product.dimension &* Numbers.byteCount
  var rows = RowGroup(product, from: 0)
  var first = 0
  while first < product.count {
    let next = RowGroup(product, from: first &+ 4 < product.count ? first &+ 4 : first)
    let addresses = rows.addresses(product, rowBytes: rowBytes)
    let ahead = next.addresses(product, rowBytes: rowBytes)
    let out = product.out + first
    func write(_ sums: Numbers.FourSums, _ query: Int) {
      rows.store(finish(sums, rows, query), out + query &* product.outStride)
    }
    if product.queryCount == 1 {
      let sums = Numbers.total(
        meet(Numbers.self, product, addresses.a, ahead.a),
        meet(Numbers.self, product, addresses.b, ahead.b),
        meet(Numbers.self, product, addresses.c, ahead.c),
        meet(Numbers.self, product, addresses.d, ahead.d))
      write(sums, 0)
    } else {
      var query = 0
      while query &+ 4 <= product.queryCount && query_tile() >= 4 {
        meet(Four<Numbers>.self, product, addresses, query, ahead.row(query / 4)).forEach(
          query, write)
        query &+= 4
      }
      while query < product.queryCount {
        meet(One<Numbers>.self, product, addresses, query, ahead.row(query)).forEach(query, write)
        query &+= 1
      }
    }
    rows = next
    first &+= 4
  }
}

/// One row meets the only query.
@inline(__always)
private func meet<Numbers: RowNumbers>(
  _: Numbers.Type, _ product: RowScores, _ row: UnsafeRawPointer, _ ahead: UnsafeRawPointer
) -> Numbers.Sums {
  var sums = Numbers.zeros
  let step = Numbers.step &* Numbers.byteCount
  var offset = 0
  var left = product.dimension
  while left >= Numbers.step {
    fetch_to_first_cache(ahead + offset)
    sums = Numbers.add(
      sums, Numbers.row(row + offset), Numbers.query(product.queries + offset))
    offset &+= step
    left &-= Numbers.step
  }
  if left > 0 {
    sums = Numbers.add(
      sums, Numbers.row(row + offset, first: left),
      Numbers.query(product.queries + offset, first: left))
  }
  return sums
}

/// Four rows meet the queries of a tile.
@inline(__always)
private func meet<Tile: QueryTile>(
  _: Tile.Type, _ product: RowScores, _ rows: RowAddresses, _ query: Int,
  _ ahead: UnsafeRawPointer
) -> Tile {
  typealias Numbers = Tile.Numbers
  var tile = Tile()
  let queries = product.queries + query &* product.queryStride
  let step = Numbers.step &* Numbers.byteCount
  var offset = 0
  var left = product.dimension
  while left >= Numbers.step {
    let four = FourRows<Numbers>(
      a: Numbers.row(rows.a + offset), b: Numbers.row(rows.b + offset),
      c: Numbers.row(rows.c + offset), d: Numbers.row(rows.d + offset))
    fetch_to_first_cache(ahead + offset)
    tile.add(four, queries + offset, stride: product.queryStride, count: Numbers.step)
    offset &+= step
    left &-= Numbers.step
  }
  if left > 0 {
    let four = FourRows<Numbers>(
      a: Numbers.row(rows.a + offset, first: left), b: Numbers.row(rows.b + offset, first: left),
      c: Numbers.row(rows.c + offset, first: left), d: Numbers.row(rows.d + offset, first: left))
    tile.add(four, queries + offset, stride: product.queryStride, count: left)
  }
  return tile
}

// MARK: Tiles

/// A register of each of four rows.
private struct FourRows<Numbers: RowNumbers> {
  let a, b, c, d: Numbers.Row
}

/// Queries that meet four rows together, all their sums in registers: one, or two tiles beside one
/// another.
private protocol QueryTile {
  associatedtype Numbers: RowNumbers
  static var queries: Int { get }
  /// Zeros.
  init()
  /// Adds `count` numbers of each pair.
  mutating func add(
    _ rows: FourRows<Numbers>, _ query: UnsafeRawPointer, stride: Int, count: Int)
  func forEach(_ query: Int, _ body: (_ sums: Numbers.FourSums, _ query: Int) -> Void)
}

private struct One<Numbers: RowNumbers>: QueryTile {
  private var a = Numbers.zeros
  private var b = Numbers.zeros
  private var c = Numbers.zeros
  private var d = Numbers.zeros

  @inline(__always) static var queries: Int { 1 }
  @inline(__always) init() {}

  @inline(__always)
  mutating func add(
    _ rows: FourRows<Numbers>, _ query: UnsafeRawPointer, stride: Int, count: Int
  ) {
    let query =
      count < Numbers.step ? Numbers.query(query, first: count) : Numbers.query(query)
    a = Numbers.add(a, rows.a, query)
    b = Numbers.add(b, rows.b, query)
    c = Numbers.add(c, rows.c, query)
    d = Numbers.add(d, rows.d, query)
  }

  @inline(__always)
  func forEach(_ query: Int, _ body: (_ sums: Numbers.FourSums, _ query: Int) -> Void) {
    body(Numbers.total(a, b, c, d), query)
  }
}

private struct Beside<Left: QueryTile, Right: QueryTile>: QueryTile
where Left.Numbers == Right.Numbers {
  typealias Numbers = Left.Numbers
  private var left = Left()
  private var right = Right()

  @inline(__always) static var queries: Int { Left.queries &+ Right.queries }
  @inline(__always) init() {}

  @inline(__always)
  mutating func add(
    _ rows: FourRows<Numbers>, _ query: UnsafeRawPointer, stride: Int, count: Int
  ) {
    left.add(rows, query, stride: stride, count: count)
    right.add(rows, query + Left.queries &* stride, stride: stride, count: count)
  }

  @inline(__always)
  func forEach(_ query: Int, _ body: (_ sums: Numbers.FourSums, _ query: Int) -> Void) {
    left.forEach(query, body)
    right.forEach(query &+ Left.queries, body)
  }
}

private typealias Two<Numbers: RowNumbers> = Beside<One<Numbers>, One<Numbers>>
private typealias Four<Numbers: RowNumbers> = Beside<Two<Numbers>, Two<Numbers>>
