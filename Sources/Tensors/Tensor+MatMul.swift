// The only file that sees BLAS.
#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// A view of a row-major matrix inside a larger buffer.
struct MatrixView {
  let start: UnsafePointer<Float>
  /// Elements from one row to the next.
  let stride: Int
}

/// C ← scale · A·B (+ C), row-major; B is [n, k] where `isTransposed`, [k, n] otherwise.
///
/// Runs on the calling thread alone: the work is split above BLAS, never inside it as well.
func multiply(
  rows m: Int, columns n: Int, depth k: Int, scale: Float = 1,
  _ a: MatrixView, _ b: MatrixView, isTransposed: Bool,
  into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool = false
) {
  guard m > 0, n > 0 else { return }
  useOneBLASThread
  cblas_sgemm(
    CblasRowMajor, CblasNoTrans, isTransposed ? CblasTrans : CblasNoTrans,
    Int32(m), Int32(n), Int32(k), scale, a.start, Int32(a.stride), b.start, Int32(b.stride),
    accumulating ? 1 : 0, c, Int32(stride))
}

/// Run once, at the first product.
private let useOneBLASThread: Void = {
  #if canImport(Accelerate)
    BLASSetThreading(BLAS_THREADING_SINGLE_THREADED)
  #else
    openblas_set_num_threads(1)
  #endif
}()

extension Tensor {
  /// x·Wᵀ + b, then an activation: [T, K] · [N, K]ᵀ → [T, N].
  ///
  /// The output is cut into blocks of rows and columns; each thread takes whole blocks and
  /// finishes them (bias, activation) while they are in its cache.
  package func linear(
    weight: Tensor, bias: Tensor? = nil, activation: Activation? = nil
  ) -> Tensor {
    precondition(
      shape.count == 2 && weight.shape.count == 2 && shape[1] == weight.shape[1],
      "\(shape) · \(weight.shape)ᵀ")
    precondition(
      bias.map { $0.shape == [weight.shape[0]] } ?? true,
      "a bias of \(bias?.shape ?? []) for \(weight.shape)")
    let (rows, depth, width) = (shape[0], shape[1], weight.shape[0])
    return Tensor(shape: [rows, width]) { out in
      guard let c = out.baseAddress else { return }
      withElements { x in
        weight.withElements { w in
          guard let a = x.baseAddress, let b = w.baseAddress else {
            out.initialize(repeating: 0)
            return
          }
          let bias = bias?.elements
          let blocks = ProductBlocks(rows: rows, columns: width)
          Parallel.forEach(blocks.count) { block in
            let (rowRange, columnRange) = blocks[block]
            multiply(
              rows: rowRange.count, columns: columnRange.count, depth: depth,
              MatrixView(start: a + rowRange.lowerBound * depth, stride: depth),
              MatrixView(start: b + columnRange.lowerBound * depth, stride: depth),
              isTransposed: true,
              into: c + rowRange.lowerBound * width + columnRange.lowerBound, stride: width)
            for row in rowRange {
              let part = UnsafeMutableBufferPointer(
                start: c + row * width + columnRange.lowerBound, count: columnRange.count)
              if let bias { part.add(bias[columnRange]) }
              activation?.apply(to: part)
            }
          }
        }
      }
    }
  }
}

/// How the output of a product is cut for the threads; the same whatever their number, so that
/// the answer is too.
private struct ProductBlocks {
  let rows: Int
  let columns: Int
  // Wide enough that OpenBLAS packs its operands seldom, small enough that two threads balance.
  private let height = 512
  private let width = 384

  private var columnBlocks: Int { (columns + width - 1) / width }
  var count: Int { (rows + height - 1) / height * columnBlocks }

  subscript(block: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = block / columnBlocks * height
    let column = block % columnBlocks * width
    return (row..<min(row + height, rows), column..<min(column + width, columns))
  }
}

extension UnsafeMutableBufferPointer<Float> {
  fileprivate func add(_ other: ArraySlice<Float>) {
    other.withUnsafeBufferPointer { other in
      for i in 0..<count { self[i] += other[i] }
    }
  }
}
