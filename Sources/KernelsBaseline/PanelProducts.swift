internal import CTesseraIntrinsics
import TesseraKernels

/// Computes a panel's product tile by tile.
///
/// The rows are cut into tiles of nearly equal height, since one left-over row would take as long
/// as four.
@inline(never)
func multiplyPanel(_ product: PanelProduct) {
  var most = Int(TILE_ROWS)
  if case .int8Quads = product.format, multiplies_squares() != 0 { most = Squares2.rows }
  var tilesLeft = (product.rows &+ most &- 1) / most
  var row = 0
  while tilesLeft > 0 {
    let count = (product.rows &- row) / tilesLeft
    switch product.format {
    case .f32: multiplyTile(count, product, from: row, PlainWeights.self)
    case .f16: multiplyTile(count, product, from: row, HalfWeights.self)
    case .bf16: multiplyTile(count, product, from: row, BrainWeights.self)
    case .bf16Pairs: multiplyTile(count, product, from: row, PairProduct.self)
    case .int8Quads where multiplies_squares() != 0: multiplySquares(count, product, from: row)
    case .int8Quads: multiplyTile(count, product, from: row, QuadProduct.self)
    case .int4Octets: multiplyOctets(count, product, from: row)
    }
    finish(product, rows: row, count)
    row &+= count
    tilesLeft &-= 1
  }
}

/// Chooses the code for a number of rows. Heights beyond `TILE_ROWS` are never asked for; the
/// comparison with it lets the compiler leave them out.
@inline(__always)
private func multiplyTile<Product: WordProduct>(
  _ rows: Int, _ product: PanelProduct, from row: Int, _: Product.Type
) {
  switch rows {
  case 1: multiply(Row<Product>.self, product, row)
  case 2: multiply(Rows2<Product>.self, product, row)
  case 3: multiply(Rows3<Product>.self, product, row)
  case 4: multiply(Rows4<Product>.self, product, row)
  case 5: multiply(Rows5<Product>.self, product, row)
  case 6 where tile_rows() >= 6: multiply(Rows6<Product>.self, product, row)
  default: break
  }
}

/// The same for bytes, where two rows are an instruction.
@inline(__always)
private func multiplySquares(_ rows: Int, _ product: PanelProduct, from row: Int) {
  switch rows {
  case 1: multiply(Row<QuadProduct>.self, product, row)
  case 2: multiply(Squares.self, product, row)
  case 3: multiply(Stack<Squares, Row<QuadProduct>>.self, product, row)
  case 4: multiply(Squares2.self, product, row)
  default: break
  }
}

/// The kernel: for each word of depth, one row of the panel meets one word of each activation row.
@inline(__always)
private func multiply<T: Tile>(_: T.Type, _ product: PanelProduct, _ row: Int) {
  let stride = 4 &* product.aStride
  let step = Int(ROW_REGISTERS) &* T.Product.weightBytes
  var a = product.a + row &* stride
  var weights = product.panel
  var left = product.depth
  let fetch = Fetch(
    product, row, tileRows: T.rows, bytes: left &* step, step: step, T.Product.haste)
  var ahead = fetch.start
  let chain = T.Product.chainLength(product)
  let scaleStride = 2 &* (product.groups?.count ?? 1)
  var rowScales = product.rowScales.map { $0 + row &* scaleStride }
  var columnScales = weights + left &* step
  let c = product.c + row &* product.cStride
  // The first chain is added to the bias, later ones to what is there.
  var (base, baseStride) = (UnsafePointer(c), product.cStride)
  if !product.accumulates { (base, baseStride) = (product.bias ?? zero_row(), 0) }
  repeat {
    var count = left < chain ? left : chain
    left &-= count
    var tile = T(a, stride: stride, words: count)
    while T.takesPairs && count >= 2 {
      tile.accumulate(PanelRow(weights), PanelRow(weights + step), a, stride: stride)
      fetch_to_second_cache(ahead)
      fetch_to_second_cache(ahead + fetch.step)
      ahead += 2 &* fetch.step
      weights += 2 &* step
      a += 8
      count &-= 2
    }
    while count > 0 {
      tile.accumulate(PanelRow(weights), a, stride: stride)
      fetch_to_second_cache(ahead)
      ahead += fetch.step
      weights += step
      a += 4
      count &-= 1
    }
    tile.write(
      to: TileOutput(
        c: c, stride: product.cStride, columns: product.columns, base: base,
        baseStride: baseStride, rowScales: rowScales, rowScaleStride: scaleStride,
        columnScales: columnScales))
    (base, baseStride) = (UnsafePointer(c), product.cStride)
    rowScales = rowScales.map { $0 + 2 }
    columnScales += 8 &* panelWidth
  } while left > 0
}

/// What a tile fetches of the panel that is read next: a part of a cache line with each word of depth, as a
/// tile that asked for many lines at once would wait for them.
private struct Fetch {
  let start: UnsafeRawPointer
  /// Bytes for each word.
  let step: Int

  /// - Parameters:
  ///   - bytes: of a panel, and `step` of one word of it.
  ///   - haste: how many times sooner than the product itself all is to be there.
  @inline(__always)
  init(_ product: PanelProduct, _ row: Int, tileRows: Int, bytes: Int, step: Int, _ haste: Int) {
    let share = (haste &* step &* tileRows &+ product.rows &- 1) / product.rows
    let offset = row / tileRows &* share &* product.depth
    guard let next = product.next, offset < bytes else {
      (start, self.step) = (product.panel, 0)
      return
    }
    (start, self.step) = (next + offset, share)
  }
}

/// What follows the sums, while the tile is in the nearest cache.
@inline(__always)
private func finish(_ product: PanelProduct, rows row: Int, _ count: Int) {
  let start = product.c + row &* product.cStride
  let end = start + count &* product.cStride
  func apply(_ function: (UnsafeMutablePointer<Float>, Int) -> Void) {
    var line = start
    while line < end {
      function(line, product.columns)
      line += product.cStride
    }
  }
  switch product.epilogue {
  case .none: break
  case .gelu: apply(gelu)
  case .quickGELU: apply(quickGELU)
  case .relu: apply(relu)
  case .tanhGELU: apply(tanhGELU)
  case .silu: apply(silu)
  }
  guard var residual = product.residual else { return }
  residual += row &* product.cStride
  var line = start
  while line < end {
    add(residual, to: line, product.columns)
    line += product.cStride
    residual += product.cStride
  }
}

@inline(__always)
private func add(
  _ residual: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>, _ count: Int
) {
  eachRegister(count) { i, rest in store(x + i, load(x + i, rest) + load(residual + i, rest), rest)
  }
}
