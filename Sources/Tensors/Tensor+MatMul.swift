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

/// C ← scale · A·B (+ C), row-major; B is [n, k] where `isTransposed`, [k, n] otherwise. By BLAS, or
/// by plain loops where these are chosen.
///
/// Runs on the calling thread alone: the work is split above BLAS, never inside it as well.
func multiply(
  by choice: KernelChoice = .blas, rows m: Int, columns n: Int, depth k: Int, scale: Float = 1,
  _ a: MatrixView, _ b: MatrixView, isTransposed: Bool,
  into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool = false
) {
  guard m > 0, n > 0 else { return }
  if choice == .naive {
    multiplyNaively(
      rows: m, columns: n, depth: k, scale: scale, a, b, isTransposed: isTransposed, into: c,
      stride: stride, accumulating: accumulating)
    return
  }
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

/// The product as the definition has it.
private func multiplyNaively(
  rows m: Int, columns n: Int, depth k: Int, scale: Float, _ a: MatrixView, _ b: MatrixView,
  isTransposed: Bool, into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool
) {
  for row in 0..<m {
    for column in 0..<n {
      var sum: Float = 0
      for i in 0..<k {
        let weight = isTransposed ? b.start[column * b.stride + i] : b.start[i * b.stride + column]
        sum += a.start[row * a.stride + i] * weight
      }
      let old = accumulating ? c[row * stride + column] : 0
      c[row * stride + column] = scale * sum + old
    }
  }
}
