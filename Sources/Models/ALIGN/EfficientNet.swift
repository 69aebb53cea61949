import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Places of a picture, row by row, with so many channels each.
struct FeatureMap {
  /// [H·W, C]
  let x: Tensor
  let height: Int

  var width: Int { x.rowCount / height }
}

/// ALIGN's tower for pictures: convolutions alone, whose mean over all places is the features.
struct EfficientNet: FeatureTower {
  private let path: String
  private let poolerPath: String
  private let stem: Linear
  private let stemNormPath: String
  private let stemActivationPath: String
  private let blocks: [EfficientNetBlock]
  let dimension: Int

  /// The kernel that makes the first map: zeros behind each line and column alone.
  private static let stemKernel = ConvolutionShape(side: 3, stride: 2, before: 0, after: 1)

  init(_ weights: Weights, _ config: EfficientNetConfig) throws {
    let embeddings = weights["embeddings"]
    path = embeddings.path
    poolerPath = weights["pooler"].path
    stemNormPath = embeddings["batchnorm"].path
    stemActivationPath = embeddings["activation"].path
    stem = try Linear(
      folding: BatchNorm(embeddings["batchnorm"], config.stemChannels, config.epsilon),
      into: embeddings["convolution"], shape: [config.stemChannels, 3, 3, 3])
    blocks = try config.blocks.enumerated().map { index, block in
      try EfficientNetBlock(weights["encoder"]["blocks"][index], block, config.epsilon)
    }
    dimension = config.outputs
  }

  /// Pictures go one by one: a map is as much work as a batch of sequences.
  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    .concatenating(
      try inputs.compactMap(\.pixels).map { pixels in
        let pixels = trace.pass("pixels", pixels)
        let height = Self.stemKernel.count(of: pixels.shape[1])
        var map = FeatureMap(
          x: stem(pixels.convolutionRows(Self.stemKernel)), height: height)
        map = trace.pass(stemNormPath, map)
        map = trace.pass(stemActivationPath, FeatureMap(x: map.x.activated(.silu), height: height))
        map = trace.pass(path, map)
        for block in blocks {
          try Task.checkCancellation()
          map = block(map, trace: trace)
        }
        return trace.pass(poolerPath, map.x.preciseMeanOfRows())
      })
  }
}

/// The features are the mean of a sum over all places: of what the last blocks add that hand on what
/// they read. What the blocks before them do reaches it by these alone.
extension EfficientNet: StudiedFeatureTower {
  /// A map has no sequence.
  func pooledRows(of input: ModelInput) -> [Int] { [] }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    precondition(groups.isEmpty, "a map has no rows to leave out")
    return []
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let first = blocks.lastIndex { !$0.isResidual } ?? 0
    let stages = Set(blocks[first...].map(\.addedPath))
    let trace = Trace { stages.contains($0) }
    let features = try features(of: [input], trace: trace)
    let maps = trace.stages.map(\.tensor)  // [C, H, W] each
    let (places, columns) = (maps[0].elementCount / dimension, maps[0].shape[2])
    let scaled = direction.map { $0 / max(features.norm, 1e-12) / Double(places) }

    var result = DirectContributions()
    result.layers = blocks[..<first].map { _ in .init() }
    var cells = [Double](repeating: 0, count: places)
    for (block, map) in zip(blocks[first...], maps) {
      let rows = map.reshaped([dimension, places]).transposedRows()
      let terms = (0..<places).map { rows.row($0).dot(scaled) }
      let bias = (block.projection.bias?.dot(scaled) ?? 0) * Double(places)
      result.layers.append(.init(feedForward: terms.reduce(0, +) - bias, biases: bias))
      for place in cells.indices { cells[place] += terms[place] }
    }
    return Dissection(
      contributions: result, attention: [], cells: CellTerms(values: cells, columns: columns))
  }
}

/// Expansion, a kernel for each channel, squeeze and excite, projection.
private struct EfficientNetBlock: Sendable {
  let path: String
  private let config: EfficientNetConfig.Block
  private let expansion: Linear?
  private let depthwise: Depthwise
  private let squeeze: SqueezeExcite
  let projection: Linear

  init(_ weights: Weights, _ config: EfficientNetConfig.Block, _ epsilon: Float) throws {
    let inner = config.inputs * config.expansion
    path = weights.path
    self.config = config
    let (expand, project) = (weights["expansion"], weights["projection"])
    expansion =
      config.expansion == 1
      ? nil
      : try Linear(
        folding: BatchNorm(expand["expand_bn"], inner, epsilon), into: expand["expand_conv"],
        shape: [inner, config.inputs, 1, 1])
    depthwise = try Depthwise(weights["depthwise_conv"], config, channels: inner, epsilon)
    squeeze = try SqueezeExcite(
      weights["squeeze_excite"], channels: inner, squeezed: config.squeezed)
    projection = try Linear(
      folding: BatchNorm(project["project_bn"], config.outputs, epsilon),
      into: project["project_conv"], shape: [config.outputs, inner, 1, 1])
  }

  var isResidual: Bool { config.isResidual }
  /// What the block adds, before what it read is added.
  var addedPath: String { "\(path).projection.project_bn" }

  func callAsFunction(_ input: FeatureMap, trace: Trace?) -> FeatureMap {
    var map = input
    if let expansion {
      let scope = "\(path).expansion"
      map = trace.pass("\(scope).expand_bn", FeatureMap(x: expansion(map.x), height: map.height))
      map = FeatureMap(x: map.x.activated(.silu), height: map.height)
      map = trace.pass(scope, trace.pass("\(scope).expand_act", map))
    }
    map = squeeze(depthwise(map, trace: trace), trace: trace)
    let projected = trace.pass(
      addedPath, FeatureMap(x: projection(map.x), height: map.height))
    let out = config.isResidual ? projected.x + input.x : projected.x
    return trace.pass(
      path, trace.pass("\(path).projection", FeatureMap(x: out, height: map.height)))
  }
}

/// A kernel for each channel, with its norm and activation.
private struct Depthwise: Sendable {
  private let path: String
  private let kernel: ConvolutionShape
  private let weights: Tensor  // [side², C]
  private let bias: Tensor  // [C]

  init(
    _ scope: Weights, _ config: EfficientNetConfig.Block, channels: Int, _ epsilon: Float
  ) throws {
    let side = config.kernelSide
    let half = side / 2
    path = scope.path
    kernel =
      config.stride == 2
      ? ConvolutionShape(
        side: side, stride: 2, before: config.isPaddingLopsided ? half - 1 : half, after: half)
      : ConvolutionShape(side: side, stride: 1, before: half, after: half)
    let norm = try BatchNorm(scope["depthwise_norm"], channels, epsilon)
    weights = norm.scaling(
      try scope["depthwise_conv"].tensor("weight", shape: [channels, 1, side, side]).widened()
        .reshaped([channels, side * side])
    ).transposedRows()
    bias = norm.bias
  }

  func callAsFunction(_ map: FeatureMap, trace: Trace?) -> FeatureMap {
    let height = kernel.count(of: map.height)
    let convolved = FeatureMap(
      x: map.x.depthwiseConvolution(
        height: map.height, kernel, weights: weights, bias: bias), height: height)
    let normed = trace.pass("\(path).depthwise_norm", convolved)
    let active = FeatureMap(x: normed.x.activated(.silu), height: height)
    return trace.pass(path, trace.pass("\(path).depthwise_act", active))
  }
}

/// A factor for each channel, which the means of all channels decide.
///
/// Hu et al., "Squeeze-and-Excitation Networks".
private struct SqueezeExcite: Sendable {
  private let path: String
  private let reduce: Linear
  private let expand: Linear

  init(_ weights: Weights, channels: Int, squeezed: Int) throws {
    func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws -> Linear {
      let weight = try weights[name].tensor("weight", shape: [outputs, inputs, 1, 1])
      return Linear(
        path: weights[name].path, weight: StoredMatrix(weight.reshaped([outputs, inputs])),
        bias: try weights[name].tensor("bias", shape: [outputs]).widened())
    }
    path = weights.path
    reduce = try linear("reduce", channels, squeezed)
    expand = try linear("expand", squeezed, channels)
  }

  func callAsFunction(_ map: FeatureMap, trace: Trace?) -> FeatureMap {
    let means = trace.pass("\(path).squeeze", map.x.preciseMeanOfRows())
    let reduced = trace.pass(reduce.path, reduce(means)).activated(.silu)
    let factors = trace.pass(expand.path, expand(reduced)).logistic().row(0)
    return trace.pass(
      path,
      FeatureMap(x: map.x.multiplied(byRow: factors.reshaped([map.x.rowWidth])), height: map.height)
    )
  }
}

extension Trace? {
  /// Shows a map as PyTorch has it, [C, H, W], and gives it back as it is here.
  fileprivate func pass(_ name: @autoclosure () -> String, _ map: FeatureMap) -> FeatureMap {
    guard let trace = self else { return map }
    let name = name()
    guard trace.wants(name) else { return map }
    let channels = map.x.rowWidth
    let shown = trace.pass(
      name, map.x.transposedRows().reshaped([channels, map.height, map.width]))
    return FeatureMap(
      x: shown.reshaped([channels, map.x.rowCount]).transposedRows(), height: map.height)
  }
}
