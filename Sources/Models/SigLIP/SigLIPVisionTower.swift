import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Where pictures are cut, and which positions their patches get.
private enum PatchGrid: Sendable {
  /// Square pictures of one size.
  case fixed
  /// Pictures of any shape; the table's positions, on a grid of so many a side, are resized.
  case free(tableSide: Int)
}

/// Patches with positions, without a class token; a question that was learned asks them all for the
/// picture's features.
struct SigLIPVisionTower: FeatureTower {
  private let patches: SigLIPPatches
  private let head: AttentionPooling

  init(_ weights: Weights, _ config: SigLIPConfig.Vision) throws {
    patches = try SigLIPPatches(weights, config)
    head = try AttentionPooling(weights["head"], config.tower)
  }

  var dimension: Int { patches.width }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let (hidden, sequences) = try patches(inputs.compactMap(\.pixels), trace: trace)
    return head(hidden, in: sequences, trace: trace)
  }
}

/// The question reads every patch, so each has a direction of its own.
extension SigLIPVisionTower: StudiedFeatureTower {
  func pooledRows(of input: ModelInput) -> [Int] {
    Array(0..<[input].compactMap(\.pixels).reduce(0) { $0 + patches.count(in: $1) })
  }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try variants(
      of: patches.embed([input].compactMap(\.pixels), trace: nil).x, leavingOut: groups,
      keeping: nil, batchRows: batchRows, progress: progress
    ) {
      try patches.run($0, in: $1, keeping: $2, trace: nil)
    }.map {
      head($0, in: PackedSequences(lengths: [$0.rowCount]), trace: nil).row(0)
    }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let pixels = [input].compactMap(\.pixels)
    var pooled: PoolingTerms?
    var dissection = try patches.layers.layers.dissect(
      patches.embed(pixels, trace: nil).x, rows: pooledRows(of: input), sources: sources
    ) { last in
      let terms = head.terms(of: patches.normed(last), along: direction)
      pooled = terms
      return patches.pullingBack(terms.directions, through: last)
    }
    guard let pooled else { return dissection }
    dissection.contributions.layers.append(pooled.layer)
    dissection.attention.append(pooled.mass)
    dissection.cells = CellTerms(
      values: pooled.ofTokens, columns: pixels.first.map(patches.columns) ?? 0)
    return dissection
  }
}

/// The patches of pictures, each a vector behind the last norm, or as one of the layers leaves it.
struct SigLIPPatches: Sendable {
  private let path: String
  private let patchEmbedding: PatchEmbedding
  private let positions: Tensor  // [P, C]
  private let grid: PatchGrid
  private let patchSize: Int
  let layers: CLIPLayers
  private let postNorm: LayerNorm?

  /// - Parameter layerCount: layers to run, without the norm behind them; nil for all, and the norm.
  init(_ weights: Weights, _ config: SigLIPConfig.Vision, layerCount: Int? = nil) throws {
    let width = config.tower.hiddenSize
    let embeddings = weights["embeddings"]
    path = embeddings.path
    patchSize = config.patchSize
    if config.hasFreeShape {
      grid = .free(tableSide: config.imageSize / config.patchSize)
      patchEmbedding = try PatchEmbedding(
        pixelwise: embeddings["patch_embedding"], side: config.patchSize, width: width)
    } else {
      grid = .fixed
      patchEmbedding = try PatchEmbedding(
        embeddings["patch_embedding"], side: config.patchSize, width: width, hasBias: true)
    }
    positions = try embeddings["position_embedding"]
      .tensor("weight", shape: [config.patchCount, width]).widened()
    layers = try CLIPLayers(
      weights["encoder"], config.tower, isCausal: false, running: layerCount)
    postNorm =
      try layerCount == nil
      ? LayerNorm(
        weights["post_layernorm"], width: width, epsilon: config.tower.layerNormEpsilon) : nil
  }

  /// Length of a patch's vector, C.
  var width: Int { positions.rowWidth }

  /// Pixels of [3, S, S] each, or of any shape where the grid is free → [patches of all, C], and where
  /// each picture lies.
  func callAsFunction(
    _ pictures: [Tensor], trace: Trace?
  ) throws -> (hidden: Tensor, sequences: PackedSequences) {
    let (x, sequences) = embed(pictures, trace: trace)
    return (try run(x, in: sequences, keeping: nil, trace: trace), sequences)
  }

  /// Pictures as they enter the first layer, and where each lies.
  func embed(_ pictures: [Tensor], trace: Trace?) -> (x: Tensor, sequences: PackedSequences) {
    let embedded = pictures.map {
      patchEmbedding(trace.pass("pixels", $0)) + positions(of: $0)
    }
    return (
      trace.pass(path, .concatenating(embedded)), PackedSequences(lengths: embedded.map(\.rowCount))
    )
  }

  /// What follows: the layers, and the norm.
  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers(x, in: sequences, keeping: rows, trace: trace) { x in
      postNorm.map { trace.pass($0.path, $0(x)) } ?? x
    }
  }

  /// Patches behind the norm: [T, C] → [T, C].
  func normed(_ x: Tensor) -> Tensor { postNorm.map { $0(x) } ?? x }

  /// Directions of patches behind the norm, carried back to where they leave the last layer; and what
  /// the norm's bias adds.
  func pullingBack(
    _ directions: [[Double]], through last: Tensor
  ) -> (directions: [[Double]], biases: Double) {
    guard let postNorm else { return (directions, 0) }
    return (
      directions.enumerated().map { row, direction in
        postNorm.pullingBack(direction, through: last.row(row).elements.map(Double.init))
      },
      directions.reduce(0) { $0 + postNorm.biasShare(along: $1) }
    )
  }

  /// Patches in a picture of [3, height, width], and in a line of it.
  func count(in pixels: Tensor) -> Int { pixels.shape[1] / patchSize * columns(in: pixels) }
  func columns(in pixels: Tensor) -> Int { pixels.shape[2] / patchSize }

  private func positions(of picture: Tensor) -> Tensor {
    switch grid {
    case .fixed: positions
    case .free(let side):
      positions.smoothlyResizedGrid(
        from: side, rows: picture.shape[1] / patchSize, columns: picture.shape[2] / patchSize)
    }
  }
}
