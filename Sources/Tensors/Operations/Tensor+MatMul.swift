#if canImport(Accelerate)
  import Accelerate
#else
  import CTesseraOpenBLAS
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
/// - Precondition: BLAS is available, if it is chosen.
///
/// Runs on the calling thread alone: the work is split above BLAS, never inside it as well.
func multiply(
  by code: ProductCode = .plain, rows m: Int, columns n: Int, depth k: Int, scale: Float = 1,
  _ a: MatrixView, _ b: MatrixView, isTransposed: Bool,
  into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool = false
) {
  guard m > 0, n > 0 else { return }
  if code == .naive {
    multiplyNaively(
      rows: m, columns: n, depth: k, scale: scale, a, b, isTransposed: isTransposed, into: c,
      stride: stride, accumulating: accumulating)
    return
  }
  #if canImport(Accelerate)
    useOneThread
    let sgemm = cblas_sgemm
  #else
    guard let sgemm = OpenBLAS.shared?.sgemm else {
      preconditionFailure("OpenBLAS cannot be loaded")
    }
  #endif
  sgemm(
    CblasRowMajor, CblasNoTrans, isTransposed ? CblasTrans : CblasNoTrans,
    Int32(m), Int32(n), Int32(k), scale, a.start, Int32(a.stride), b.start, Int32(b.stride),
    accumulating ? 1 : 0, c, Int32(stride))
}

#if canImport(Accelerate)
  /// Run once, at the first product.
  private let useOneThread: Void = { BLASSetThreading(BLAS_THREADING_SINGLE_THREADED) }()
#endif

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
