import Synchronization
import TesseraKernels

/// Which code computes matrix products, process-wide; for study and comparison.
package enum ProductCode: String, Sendable, CaseIterable {
  /// Plain loops, as a textbook writes them.
  case naive
  /// OpenBLAS or Accelerate.
  case blas
  /// Our own kernels, on packed weights.
  case simd

  /// What is best here unless set. A model keeps the weights' layout of the choice at its loading.
  package static var current: ProductCode {
    get {
      let index = chosen.load(ordering: .relaxed)
      return allCases.indices.contains(index) ? allCases[index] : best
    }
    set { chosen.store(allCases.firstIndex(of: newValue) ?? -1, ordering: .relaxed) }
  }

  /// Whether it can compute here.
  package var isAvailable: Bool {
    #if canImport(Accelerate)
      true
    #else
      self != .blas || OpenBLAS.shared != nil
    #endif
  }

  /// For products of matrices that are not packed.
  static var plain: ProductCode { ProductCode.blas.isAvailable ? .blas : .naive }

  private static let chosen = Atomic<Int>(-1)

  /// Accelerate alone reaches Apple's matrix units, and OpenBLAS is faster than kernels without
  /// FMA, unless these were asked for.
  private static let best: ProductCode = {
    #if canImport(Accelerate)
      return .blas
    #else
      let selection = KernelTable.selection
      let isSlow = selection.table.instructionSet == .baseline && !selection.isForced
      return isSlow && ProductCode.blas.isAvailable ? .blas : .simd
    #endif
  }()
}
