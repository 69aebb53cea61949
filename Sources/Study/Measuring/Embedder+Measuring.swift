import Foundation
import TesseraEmbedders
import TesseraLayers
import TesseraModels
import TesseraTensors

/// How long a workload took, and what that amounts to.
public struct WorkloadMeasurement: Sendable {
  /// What was measured.
  public let workload: Workload
  /// Of all repetitions, in seconds.
  public let median: Double
  /// The fastest repetition, in seconds.
  public let minimum: Double
  /// Floating-point operations of one repetition, those of its products.
  public let operations: Double
  /// Tokens of one repetition, those of pictures included.
  public let tokens: Int

  /// Operations a second, in 10⁹, of the median.
  public var gigaflops: Double { operations / median / 1e9 }
  /// Of the median.
  public var tokensPerSecond: Double { Double(tokens) / median }
}

extension Embedder {
  /// Runs a workload again and again: `warmUps` times, then for `seconds`, at least `repetitions`
  /// times.
  ///
  /// - Throws: `EmbedderError` for a workload that the model cannot take.
  public func measure(
    _ workload: Workload, seconds: Double = 1, repetitions: Int = 5
  ) throws -> WorkloadMeasurement {
    precondition(repetitions > 0, "nothing is measured without a repetition")
    let inputs = try inputs(of: workload)
    // Items of one size are one batch, however many.
    let batches = workload.kind == .lengths ? batchesOfEncode(inputs) : [inputs]
    func time() throws -> Double {
      let start = DispatchTime.now().uptimeNanoseconds
      for batch in batches { _ = try model(batch, .dense, trace: nil) }
      return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }
    for _ in 0..<Self.warmUps { _ = try time() }
    var times: [Double] = []
    while times.count < repetitions || times.reduce(0, +) < seconds { times.append(try time()) }
    times.sort()
    return WorkloadMeasurement(
      workload: workload, median: times[times.count / 2], minimum: times[0],
      operations: try operations(of: batches),
      tokens: inputs.reduce(0) {
        $0 + $1.ids.count + ($1.picture == nil ? 0 : fusion.imageTokens)
      })
  }

  /// Of the products, as a pass counts them itself.
  private func operations(of batches: [[ModelInput]]) throws -> Double {
    let profile = Profile()
    try Profile.$current.withValue(profile) {
      for batch in batches { _ = try model(batch, .dense, trace: nil) }
    }
    return profile.entries.reduce(0) { $0 + $1.work.operations }
  }

  /// Passes before the first that is timed: one that reads the weights, and one that packs them.
  static let warmUps = 2

  /// What `encode` makes of so many items.
  private func batchesOfEncode(_ texts: [ModelInput]) -> [[ModelInput]] {
    windows(of: texts.count).flatMap { window in
      let part = Array(texts[window])
      return batches(of: part.map(\.ids.count)).map { Array(part[$0]) }
    }
  }

  /// Made-up items: ids from all over the vocabulary, pixels without a pattern.
  func inputs(of workload: Workload) throws(EmbedderError) -> [ModelInput] {
    let hasImage = workload.kind == .image || workload.kind == .pair
    if hasImage, format.imageSize == nil { throw .imagesNotSupported }
    if workload.kind == .pair {
      if case .separateTowers = fusion { throw .pairsNotSupported }
      if fusion == .pages { throw .textBesidePage }
    }
    let limit = format.maximumTextTokens(besideImage: hasImage)
    guard workload.tokens <= limit else {
      throw .workloadTooLong(tokens: workload.tokens, limit: limit)
    }
    let pixels = hasImage ? format.imageSize.map(Self.madeUpPixels) : nil
    return (0..<workload.batch).map { item in
      format.input(ids: madeUpIDs(of: workload, item: item), pixels: pixels)
    }
  }

  private func madeUpIDs(of workload: Workload, item: Int) -> [Int] {
    if workload.kind == .image {
      // A picture by itself is read with the empty text's special tokens, or with none.
      if case .oneSequence = fusion { return [0, 1] }
      return []
    }
    return (0..<workload.tokenCounts[item]).map {
      (item * 7919 + $0 * 104_729 + 5) % format.vocabularySize
    }
  }

  /// [3, size, size]
  private static func madeUpPixels(size: Int) -> Tensor {
    Tensor((0..<3 * size * size).map { Float($0 * 7919 % 1000) / 250 - 2 }, shape: [3, size, size])
  }
}
