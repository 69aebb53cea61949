import TesseraKernels
import TesseraTensors

/// Rows v rounded to signed bytes, v ≈ ṽ = scale·codes, and how far a score can be off by that.
///
/// By Cauchy and Schwarz, |q·v − q̃·ṽ| ≤ ‖q‖·‖v − ṽ‖ + ‖q − q̃‖·‖ṽ‖: of each row, both of its
/// lengths are kept, rounded up.
package struct RowCodes: Sendable {
  package let dimension: Int
  /// [count, dimension]
  package let codes: StoredNumbers<Int8>
  /// [count]
  package let scales: StoredNumbers<Float>
  /// ‖v − ṽ‖ of each row and a trifle, infinite where nothing can be said: [count]
  package let errors: StoredNumbers<Float>
  /// ‖ṽ‖ of each row, infinite where nothing can be said: [count]
  package let norms: StoredNumbers<Float>

  package var count: Int { scales.count }

  /// What an earlier run computed and a store kept.
  package init(
    codes: StoredNumbers<Int8>, scales: StoredNumbers<Float>, errors: StoredNumbers<Float>,
    norms: StoredNumbers<Float>, dimension: Int
  ) {
    precondition(
      codes.count == scales.count * dimension && errors.count == scales.count
        && norms.count == scales.count,
      "\(codes.count) codes, \(scales.count) scales, \(errors.count) errors, \(norms.count) norms")
    self.dimension = dimension
    self.codes = codes
    self.scales = scales
    self.errors = errors
    self.norms = norms
  }

  /// Rounds the vectors of a block, all threads taking part.
  package init(of block: VectorBlock) {
    let count = block.count
    var (scales, errors, norms) = ([Float](), [Float](), [Float]())
    let codes = StoredNumbers<Int8>(count: count * block.dimension) { codes in
      let lengths = block.vectors.withNumbers { vectors in
        Parallel.map(count) { row in
          let range = row * block.dimension..<(row + 1) * block.dimension
          return CodeLengths(
            coding: UnsafeBufferPointer(rebasing: vectors[range]),
            into: UnsafeMutableBufferPointer(rebasing: codes[range]))
        }
      }
      scales = lengths.map(\.scale)
      errors = lengths.map(\.storedError)
      norms = lengths.map(\.storedNorm)
    }
    self.init(
      codes: codes, scales: Self.stored(scales), errors: Self.stored(errors),
      norms: Self.stored(norms), dimension: block.dimension)
  }

  private static func stored(_ numbers: [Float]) -> StoredNumbers<Float> {
    StoredNumbers(count: numbers.count) { _ = $0.initialize(fromContentsOf: numbers) }
  }
}

/// One vector rounded to bytes, and the lengths that say how well.
struct CodeLengths: Sendable {
  let scale: Float
  /// ‖v‖, ‖v − ṽ‖ and ‖ṽ‖.
  let length, error, norm: Double

  /// - Parameter codes: gets a byte for each number.
  init(coding vector: UnsafeBufferPointer<Float>, into codes: UnsafeMutableBufferPointer<Int8>) {
    var scale: Float = 0
    if let start = vector.baseAddress, let out = codes.baseAddress {
      scale = KernelTable.active.quantizeSymmetric(start, out, vector.count)
    }
    var (length, error, norm) = (0.0, 0.0, 0.0)
    for (x, code) in zip(vector, codes) {
      let rounded = Double(scale) * Double(code)
      length += Double(x) * Double(x)
      error += (Double(x) - rounded) * (Double(x) - rounded)
      norm += rounded * rounded
    }
    self.scale = scale
    self.length = length.squareRoot()
    self.error = error.squareRoot()
    self.norm = norm.squareRoot()
  }

  /// A product of numbers that float32 cannot hold would be 0; both factors of the bound are at least
  /// this.
  static let trifle = 0x1p-60
  /// Longer vectors could have scores beyond float32.
  static let longest = 1e18

  var storedError: Float { Self.roundedUp(error + Self.trifle) }
  var storedNorm: Float { Self.roundedUp(norm) }

  /// Infinity, if a bound would not hold, or NaN.
  static func roundedUp(_ length: Double) -> Float {
    length <= longest ? Float(length * (1 + 1e-9)).nextUp : .infinity
  }
}

extension RowCodes {
  /// Where the numbers stand.
  struct Pointers {
    let codes: UnsafePointer<Int8>
    let scales, errors, norms: UnsafePointer<Float>
  }

  /// Lends the numbers; nothing happens where there are no rows.
  func withPointers(_ body: (Pointers) -> Void) {
    codes.withNumbers { codes in
      scales.withNumbers { scales in
        errors.withNumbers { errors in
          norms.withNumbers { norms in
            guard let codes = codes.baseAddress, let scales = scales.baseAddress,
              let errors = errors.baseAddress, let norms = norms.baseAddress
            else { return }
            body(Pointers(codes: codes, scales: scales, errors: errors, norms: norms))
          }
        }
      }
    }
  }
}
