import TesseraJSON
import TesseraLayers

/// What inference has to know of an EVA02 tower.
package struct EVA02Config: Sendable {
  let imageSize: Int
  let patchSize: Int
  let hiddenSize: Int
  let layerCount: Int
  let headCount: Int
  let intermediateSize: Int
  let layerNormEpsilon: Float
  let rotary: Rotary
  let spelling: EVA02Spelling

  /// Where the angles of rotary positions come from.
  enum Rotary: Sendable, Equatable {
    /// The checkpoint's own tables.
    case stored
    /// Computed, as if the picture had so many patches a side, which the model was first trained with.
    case computed(places: Int)
  }

  /// Reads `vision_config` of a converted Visualized-BGE.
  ///
  /// - Throws: `FieldError` for sizes that no tower can have.
  init(_ config: Config) throws {
    imageSize = try config.imageSize()
    patchSize = try config.size("patch_size")
    hiddenSize = try config.size("hidden_size")
    layerCount = try config.layerCount()
    headCount = try config.size("num_attention_heads")
    intermediateSize = try config.size("intermediate_size")
    layerNormEpsilon = try config.epsilon()
    rotary = .stored
    spelling = .original
    try config.requireDivisible("image_size", imageSize, by: "patch_size", patchSize)
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
  }

  /// A tower that other keys, or tensors, tell of.
  init(
    imageSize: Int, patchSize: Int, hiddenSize: Int, layerCount: Int, headCount: Int,
    intermediateSize: Int, layerNormEpsilon: Float, rotary: Rotary, spelling: EVA02Spelling
  ) {
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.intermediateSize = intermediateSize
    self.layerNormEpsilon = layerNormEpsilon
    self.rotary = rotary
    self.spelling = spelling
  }

  /// Patches along a side.
  var patchSide: Int { imageSize / patchSize }
  /// The number of patches, P.
  var patchCount: Int { patchSide * patchSide }
  var headWidth: Int { hiddenSize / headCount }
}

/// How a library calls the parts of an EVA02 block, which are the same in all.
struct EVA02Spelling: Sendable {
  /// Behind the attention, before its output projection.
  let innerNorm: String
  /// Whether the biases of queries and values stand beside the projections.
  let hasBiasesApart: Bool
  let feedForward: SwiGLU.Spelling

  /// The authors' own, in Visualized-BGE and jina-clip too.
  static let original = EVA02Spelling(
    innerNorm: "inner_attn_ln", hasBiasesApart: true, feedForward: .original)

  static let timm = EVA02Spelling(innerNorm: "norm", hasBiasesApart: false, feedForward: .timm)

  /// The linear layers of a block, as `ModelFamily.quantizedLayers` lists them.
  var linearLayers: [String] {
    ["q_proj", "k_proj", "v_proj", "proj"].map { "attn.\($0)" }
      + [feedForward.gate, feedForward.up, feedForward.down].map { "mlp.\($0)" }
  }
}
