import TesseraLayers
import TesseraTensors

/// What makes one vector of a text's token vectors, as the folder describes it.
package struct SentenceHead: Sendable {
  package let pooling: Pooling
  /// Before the pooling: what becomes of each token's vector.
  let tokenModules: [HeadModule]
  /// Behind it.
  let modules: [HeadModule]
  /// What makes one weight a token of the vocabulary instead; nil for a dense vector.
  let splade: SpladePooling?
  /// What gives each token a vector instead.
  let interaction: LateInteraction?
  /// What a user should know of how it was read.
  package let notes: [String]

  package init(
    pooling: Pooling, tokenModules: [HeadModule] = [], modules: [HeadModule] = [],
    splade: SpladePooling? = nil, interaction: LateInteraction? = nil, notes: [String] = []
  ) {
    self.splade = splade
    self.interaction = interaction
    self.pooling = pooling
    self.tokenModules = tokenModules
    self.modules = modules
    self.notes = notes
  }

  /// Reads the modules' weights.
  ///
  /// - Parameter width: of the tokens' vectors.
  /// - Throws: `WeightsError`, `FieldError` where a module expects other vectors than it gets.
  func loaded(width: Int) throws -> LoadedHead {
    var width = width
    let tokenLayers = try tokenModules.map { try $0.layer(inputs: &width) }
    if interaction == nil { width *= pooling.modes.count }
    let layers = try modules.map { try $0.layer(inputs: &width) }
    return LoadedHead(
      pooling: pooling, tokenLayers: tokenLayers, layers: layers, dimension: width)
  }
}

/// A head with its weights.
struct LoadedHead: Sendable {
  let pooling: Pooling
  private let tokenLayers: [HeadLayer]
  private let layers: [HeadLayer]
  /// Length of the vector.
  let dimension: Int

  fileprivate init(
    pooling: Pooling, tokenLayers: [HeadLayer], layers: [HeadLayer], dimension: Int
  ) {
    self.pooling = pooling
    self.tokenLayers = tokenLayers
    self.layers = layers
    self.dimension = dimension
  }

  /// Whether the vector is, but for its length, some token's or the mean of some.
  var isMeanOfRows: Bool {
    guard tokenLayers.isEmpty, pooling.modes.count == 1, layers.allSatisfy({ $0.isNormalizing })
    else { return false }
    return switch pooling.modes[0] {
    case .cls, .mean, .meanSqrtLen, .lastToken: true
    case .max, .weightedMean: false
    }
  }

  /// Whether the last thing that is done is to scale to length 1.
  var isNormalizing: Bool { layers.last?.isNormalizing ?? false }

  /// What the pooling reads: [T, C] → [T, C′].
  func tokens(_ x: Tensor, trace: Trace?) -> Tensor {
    tokenLayers.reduce(x) { $1($0, trace: trace) }
  }

  /// What becomes of the pooled vectors: [B, C″] → [B, dimension].
  func finished(_ x: Tensor, trace: Trace?) -> Tensor {
    layers.reduce(x) { $1($0, trace: trace) }
  }
}
