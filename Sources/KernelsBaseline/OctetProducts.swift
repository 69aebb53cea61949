internal import CTesseraIntrinsics
import TesseraKernels

/// Computes the sums of some rows with a panel of `.int4Octets`. See `multiplyPanel`.
@inline(__always)
func multiplyOctets(_ rows: Int, _ product: PanelProduct, from row: Int) {
  switch rows {
  case 1: multiply(Row<OctetProduct>.self, product, row)
  case 2: multiply(Rows2<OctetProduct>.self, product, row)
  case 3: multiply(Rows3<OctetProduct>.self, product, row)
  case 4: multiply(Rows4<OctetProduct>.self, product, row)
  case 5: multiply(Rows5<OctetProduct>.self, product, row)
  case 6 where tile_rows() >= 6: multiply(Rows6<OctetProduct>.self, product, row)
  default: break
  }
}

/// The kernel: what the rows' offsets give, then, for each 32 numbers of depth, sums in integers that are
/// scaled and added to it.
@inline(__always)
private func multiply<T: Tile>(_: T.Type, _ product: PanelProduct, _ row: Int)
where T.Product == OctetProduct {
  guard let groups = product.groups, let allScales = product.octetScales else { return }
  let octets = product.depth / 8
  let c = product.c + row &* product.cStride
  let sums = product.panel.assumingMemoryBound(to: Float.self)
  for line in 0..<T.rows { addOffsets(product, row &+ line, sums, groups.count) }
  var weights = product.panel + 4 &* groups.count &* panelWidth
  let step = Int(ROW_REGISTERS) &* OctetProduct.weightBytes
  let stride = 4 &* product.aStride
  var a = product.a + row &* stride
  let scaleStride = 2 &* octets
  var scales = allScales + row &* scaleStride
  var left = octets
  while left > 0 {
    var tile = T(a, stride: stride, words: 8)
    var words = 0
    while words < 4 {
      tile.accumulate(PanelRow(weights), a, stride: stride)
      weights += step
      a += 8
      words &+= 1
    }
    tile.write(
      to: TileOutput(
        c: c, stride: product.cStride, columns: product.columns, base: UnsafePointer(c),
        baseStride: product.cStride, rowScales: scales, rowScaleStride: scaleStride,
        columnScales: weights))
    weights += 2 &* panelWidth
    scales += 2
    left &-= 1
  }
}

/// What a row begins with: what C holds, or the bias, and each group's offset times the sums of its
/// columns.
@inline(__always)
private func addOffsets(
  _ product: PanelProduct, _ row: Int, _ sums: UnsafePointer<Float>, _ groups: Int
) {
  guard let scales = product.rowScales else { return }
  let offsets = scales + (2 &* groups &* row &+ 1)
  let c = product.c + row &* product.cStride
  var base = UnsafePointer(c)
  if !product.accumulates { base = product.bias ?? zero_row() }
  eachRegister(product.columns) { i, rest in
    var x = load(base + i, rest)
    var group = 0
    while group < groups {
      x = lanes_fma(
        lanes_splat(offsets[2 &* group]), lanes_load(sums + (group &* panelWidth &+ i)), x)
      group &+= 1
    }
    store(c + i, x, rest)
  }
}
