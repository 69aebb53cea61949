/// How a library calls the parts of CLIP's layers, which are the same in all.
struct CLIPSpelling: Sendable {
  /// The list of layers.
  let layers: String
  let norms: (attention: String, feedForward: String)
  let attention: String
  /// Whether queries, keys and values have a matrix each, or PyTorch's `nn.MultiheadAttention` has one
  /// for all.
  let hasProjectionsApart: Bool
  /// Of the feed-forward.
  let up: String
  let activation: String
  let down: String

  /// transformers' CLIP, SigLIP and others.
  static let transformers = CLIPSpelling(
    layers: "layers", norms: ("layer_norm1", "layer_norm2"), attention: "self_attn",
    hasProjectionsApart: true, up: "fc1", activation: "activation_fn", down: "fc2")

  /// OpenAI's own CLIP, and open_clip.
  static let openCLIP = CLIPSpelling(
    layers: "resblocks", norms: ("ln_1", "ln_2"), attention: "attn", hasProjectionsApart: false,
    up: "c_fc", activation: "gelu", down: "c_proj")

  static let imageBind = CLIPSpelling(
    layers: "blocks", norms: ("norm_1", "norm_2"), attention: "attn", hasProjectionsApart: false,
    up: "fc1", activation: "act", down: "fc2")

  /// The linear layers of a layer, as `ModelFamily.quantizedLayers` lists them.
  var linearLayers: [String] {
    let inputs =
      hasProjectionsApart ? ["q_proj", "k_proj", "v_proj"] : ["in_proj_weight"]
    return (inputs + ["out_proj"]).map { "\(attention).\($0)" } + ["mlp.\(up)", "mlp.\(down)"]
  }
}
