internal import CIntrinsics
import Kernels

/// Weights of a panel that are worked on together: with them, the activations of some hundred rows
/// stay in the second cache.
private let depthBlock = 1024

/// Computes a panel's product in blocks of depth, the same for any number of rows; sums wait in C
/// between two blocks.
@inline(never)
func multiplyPanel(_ product: PanelProduct) {
  var part = product
  part.bias = nil
  part.epilogue = .none
  part.depth = depthBlock
  var depthLeft = product.depth
  while depthLeft > depthBlock {
    multiplyBlock(part)
    part.a += depthBlock
    part.panel += depthBlock &* 2 &* Int(LANE_COUNT) &* part.format.byteCount
    part.accumulates = true
    depthLeft &-= depthBlock
  }
  part.depth = depthLeft
  part.bias = product.bias
  part.epilogue = product.epilogue
  multiplyBlock(part)
}

/// Computes a block tile by tile.
///
/// The rows are cut into tiles of nearly equal height, since one left-over row would take as long
/// as four. Of several tiles, the first reads 16-bit weights at the pace of its arithmetic, and
/// leaves them widened in the second cache.
@inline(never)
private func multiplyBlock(_ product: PanelProduct) {
  let most = Int(TILE_ROWS)
  var rest = product
  var tilesLeft = (product.rows &+ most &- 1) / most
  var row = 0
  while tilesLeft > 0 {
    let count = (product.rows &- row) / tilesLeft
    switch rest.format {
    case .f32: multiplyTile(count, rest, from: row, PlainWeights.self)
    case .f16: multiplyTile(count, rest, from: row, HalfWeights.self)
    case .bf16: multiplyTile(count, rest, from: row, BrainWeights.self)
    }
    row &+= count
    tilesLeft &-= 1
    if let widened = rest.widened, tilesLeft > 0 {
      rest.panel = UnsafeRawPointer(widened)
      rest.format = .f32
      rest.widened = nil
    }
  }
}

/// How a register of weights is read from a panel.
private protocol WeightReader {
  static var byteCount: Int { get }
  static func load(_ address: UnsafeRawPointer) -> Lanes
}

private enum PlainWeights: WeightReader {
  @inline(__always) static var byteCount: Int { 4 }
  @inline(__always) static func load(_ address: UnsafeRawPointer) -> Lanes { lanes_load(address) }
}

private enum HalfWeights: WeightReader {
  @inline(__always) static var byteCount: Int { 2 }
  @inline(__always) static func load(_ address: UnsafeRawPointer) -> Lanes {
    lanes_load_f16(address)
  }
}

private enum BrainWeights: WeightReader {
  @inline(__always) static var byteCount: Int { 2 }
  @inline(__always) static func load(_ address: UnsafeRawPointer) -> Lanes {
    lanes_load_bf16(address)
  }
}

/// Chooses the code for a number of rows. Heights beyond `TILE_ROWS` are never asked for; the
/// comparison with it lets the compiler leave them out.
@inline(__always)
private func multiplyTile<Reader: WeightReader>(
  _ rows: Int, _ product: PanelProduct, from row: Int, _: Reader.Type
) {
  let most = Int(TILE_ROWS)
  switch rows {
  case 1: multiply(Row.self, product, row, Reader.self)
  case 2: multiply(Rows2.self, product, row, Reader.self)
  case 3: multiply(Rows3.self, product, row, Reader.self)
  case 4: multiply(Rows4.self, product, row, Reader.self)
  case 5: multiply(Rows5.self, product, row, Reader.self)
  case 6 where most >= 6: multiply(Rows6.self, product, row, Reader.self)
  case 7 where most >= 7: multiply(Rows7.self, product, row, Reader.self)
  case 8 where most >= 8: multiply(Rows8.self, product, row, Reader.self)
  case 9 where most >= 9: multiply(Rows9.self, product, row, Reader.self)
  case 10 where most >= 10: multiply(Rows10.self, product, row, Reader.self)
  case 11 where most >= 11: multiply(Rows11.self, product, row, Reader.self)
  case 12 where most >= 12: multiply(Rows12.self, product, row, Reader.self)
  case 13 where most >= 13: multiply(Rows13.self, product, row, Reader.self)
  case 14 where most >= 14: multiply(Rows14.self, product, row, Reader.self)
  default: break
  }
}

/// Multiply-adds in one chain; the sums of chains are then added up.
///
/// A chain's rounding errors grow with its length, and shorter ones bring a product nearer to the
/// exact sum. Each costs an addition to what memory holds: chains of 64 take a tenth more time than
/// chains of 256, which only small models, fast as they are, can afford.
@inline(__always)
private func chainLength(_ depth: Int) -> Int { depth > 320 ? 256 : 64 }

/// The kernel: for each k, two registers of weights meet one activation of each row.
@inline(__always)
private func multiply<T: Tile, Reader: WeightReader>(
  _: T.Type, _ product: PanelProduct, _ row: Int, _: Reader.Type
) {
  let c = product.c + row &* product.cStride
  let stride = product.aStride
  let lanes = Int(LANE_COUNT)
  let step = lanes &* Reader.byteCount
  var a = product.a + row &* stride
  var weights = product.panel
  var left = product.depth
  let chain = chainLength(product.depth)
  var isFirst = !product.accumulates
  var widened = Reader.byteCount < 4 ? product.widened : nil
  repeat {
    var tile = T()
    var count = min(left, chain)
    left &-= count
    if Reader.byteCount < 4, var target = widened {
      while count > 0 {
        let (b0, b1) = (Reader.load(weights), Reader.load(weights + step))
        lanes_store(target, b0)
        lanes_store(target + lanes, b1)
        tile.accumulate(b0, b1, a, stride: stride)
        weights += 2 &* step
        target += 2 &* lanes
        a += 1
        count &-= 1
      }
      widened = target
    }
    while count > 0 {
      tile.accumulate(Reader.load(weights), Reader.load(weights + step), a, stride: stride)
      weights += 2 &* step
      a += 1
      count &-= 1
    }
    if !isFirst { tile.add(c, stride: product.cStride, columns: product.columns) }
    isFirst = false
    if left == 0, let bias = product.bias {
      let (left, right) = loadPair(bias, product.columns)
      tile.add(left, right)
    }
    tile.store(c, stride: product.cStride, columns: product.columns)
  } while left > 0
  if case .none = product.epilogue { return }
  // The tile is still in the nearest cache.
  var line = c
  let end = c + T.rows &* product.cStride
  while line < end {
    apply(product.epilogue, line, product.columns)
    line += product.cStride
  }
}

@inline(never)
private func apply(_ epilogue: Epilogue, _ x: UnsafeMutablePointer<Float>, _ count: Int) {
  switch epilogue {
  case .none: break
  case .gelu: gelu(x, count)
  case .quickGELU: quickGELU(x, count)
  case .relu: relu(x, count)
  }
}
