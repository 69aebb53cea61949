#if !canImport(Accelerate)
  import CTesseraOpenBLAS

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// OpenBLAS, loaded when it is first needed: as it is loaded it starts threads of its own, which
  /// wait awake and would take the processors from a run that lasts a fraction of a second.
  struct OpenBLAS {
    typealias SGEMM =
      @convention(c) (
        CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Float,
        UnsafePointer<Float>?, blasint, UnsafePointer<Float>?, blasint, Float,
        UnsafeMutablePointer<Float>?, blasint
      ) -> Void

    /// C ← α·A·B + β·C.
    let sgemm: SGEMM

    /// Nil where the system has no such library.
    static let shared = OpenBLAS()

    /// The names of the library itself and of its development link.
    private static let names = ["libopenblas.so.0", "libopenblas.so"]

    private init?() {
      guard let library = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first,
        let product = dlsym(library, "cblas_sgemm"),
        let setThreads = dlsym(library, "openblas_set_num_threads")
      else { return nil }
      sgemm = unsafeBitCast(product, to: SGEMM.self)
      // The work is split above it.
      unsafeBitCast(setThreads, to: (@convention(c) (CInt) -> Void).self)(1)
    }
  }
#endif
