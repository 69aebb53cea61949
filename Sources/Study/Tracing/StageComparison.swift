import Foundation
import TesseraCheckpoints

/// A stage beside the one that a reference recorded under the same name.
public struct StageComparison: Sendable {
  /// The module path.
  public let name: String
  /// How far the two are apart, or why they cannot be compared.
  public let outcome: Outcome

  /// The result of a comparison.
  public enum Outcome: Sendable, Equatable {
    /// Every number is near enough; the largest |a − b| as information.
    case near(largestDifference: Float)
    /// Some number is not.
    case far(Divergence)
    /// The shapes differ.
    case otherShape(ours: [Int], reference: [Int])
  }

  /// Where two stages differ most.
  public struct Divergence: Sendable, Equatable {
    /// The worst place, an index for each dimension.
    public let index: [Int]
    /// Our number there.
    public let ours: Float
    /// The reference's.
    public let reference: Float
    /// The cosine of both stages, each as one long vector.
    public let cosine: Double
    /// Our norm divided by the reference's: a forgotten factor shows here.
    public let normRatio: Double
  }

  /// Compares by |a − b| ≤ absolute + relative·|b|; NaN is never near.
  public init(
    _ stage: TracedEmbedding.Stage, shape: [Int], values reference: [Float],
    absolute: Float, relative: Float
  ) {
    name = stage.name
    guard stage.shape == shape else {
      outcome = .otherShape(ours: stage.shape, reference: shape)
      return
    }
    var worst: (index: Int, excess: Float)?
    var largest: Float = 0
    var (dot, ours, theirs) = (0.0, 0.0, 0.0)
    for (i, (a, b)) in zip(stage.values, reference).enumerated() {
      let difference = abs(a - b)
      let excess = difference.isNaN ? .infinity : difference - (absolute + relative * abs(b))
      if excess > (worst?.excess ?? 0) { worst = (i, excess) }
      largest = max(largest, difference)
      dot += Double(a) * Double(b)
      ours += Double(a) * Double(a)
      theirs += Double(b) * Double(b)
    }
    guard let worst else {
      outcome = .near(largestDifference: largest)
      return
    }
    var rest = worst.index
    var index: [Int] = []
    for length in shape.reversed() {
      index.insert(rest % length, at: 0)
      rest /= length
    }
    outcome = .far(
      Divergence(
        index: index, ours: stage.values[worst.index], reference: reference[worst.index],
        cosine: dot / max((ours * theirs).squareRoot(), 1e-30),
        normRatio: ours.squareRoot() / max(theirs.squareRoot(), 1e-30)))
  }
}

extension TracedEmbedding {
  /// Names in a safetensors file that no stage has: modules that record nothing, or other names.
  ///
  /// - Throws: an error that names the file and what is wrong with it.
  public func namesWithoutStage(in file: URL) throws -> [String] {
    let own = Set(stages.map(\.name))
    return try Checkpoint.open(file).names.filter { !own.contains($0) }.sorted()
  }

  /// Stages beside those of a safetensors file, in the order of the computation; stages that the
  /// file does not have are left out.
  ///
  /// - Throws: an error that names the file and what is wrong with it.
  public func compare(
    with file: URL, absolute: Float = 1e-5, relative: Float = 1e-4
  ) throws -> [StageComparison] {
    let checkpoint = try Checkpoint.open(file)
    return stages.compactMap { stage in
      guard let stored = checkpoint[stage.name], stored.dtype.isFloatingPoint else { return nil }
      return StageComparison(
        stage, shape: stored.shape, values: stored.widened().elements, absolute: absolute,
        relative: relative)
    }
  }
}
