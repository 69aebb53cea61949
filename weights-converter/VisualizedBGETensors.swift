/// The name and shape of every tensor of a Visualized-BGE with given sizes.
///
/// Counted out: 16 a text layer and 7 beside them, 23 an image block and 11 beside them, 2 for the
/// projection: 488 with 12 layers and 12 blocks, 956 with 24 and 24.
struct VisualizedBGETensors {
  private(set) var shapes: [String: [Int]] = [:]

  init(text: VisualizedBGE.TextSizes, vision: VisualizedBGE.VisionSizes) {
    addText(text)
    addVision(vision)
    addLinear("visual_proj", from: vision.hidden, to: text.hidden)
  }

  private mutating func addText(_ text: VisualizedBGE.TextSizes) {
    let hidden = text.hidden
    shapes["bge_embeddings.word_embeddings.weight"] = [text.vocabulary, hidden]
    shapes["bge_embeddings.position_embeddings.weight"] = [text.positions, hidden]
    shapes["bge_embeddings.token_type_embeddings.weight"] = [text.types, hidden]
    addNorm("bge_embeddings.LayerNorm", hidden)
    addLinear("bge_pooler.dense", from: hidden, to: hidden)
    for index in 0..<text.layers {
      let layer = "bge_encoder.layer.\(index)"
      for part in ["query", "key", "value"] {
        addLinear("\(layer).attention.self.\(part)", from: hidden, to: hidden)
      }
      addLinear("\(layer).attention.output.dense", from: hidden, to: hidden)
      addNorm("\(layer).attention.output.LayerNorm", hidden)
      addLinear("\(layer).intermediate.dense", from: hidden, to: text.intermediate)
      addLinear("\(layer).output.dense", from: text.intermediate, to: hidden)
      addNorm("\(layer).output.LayerNorm", hidden)
    }
  }

  private mutating func addVision(_ vision: VisualizedBGE.VisionSizes) {
    let hidden = vision.hidden
    let visual = "model_visual.visual"
    shapes["model_visual.logit_scale"] = []
    shapes["\(visual).cls_token"] = [1, 1, hidden]
    shapes["\(visual).pos_embed"] = [1, vision.patchCount + 1, hidden]
    shapes["\(visual).patch_embed.proj.weight"] = [hidden, 3, vision.patchSize, vision.patchSize]
    shapes["\(visual).patch_embed.proj.bias"] = [hidden]
    addRotary("\(visual).rope", vision)
    addNorm("\(visual).norm", hidden)
    addLinear("\(visual).head", from: hidden, to: vision.projection)
    for index in 0..<vision.blocks {
      let block = "\(visual).blocks.\(index)"
      addNorm("\(block).norm1", hidden)
      for part in ["q_proj", "k_proj", "v_proj"] {
        shapes["\(block).attn.\(part).weight"] = [hidden, hidden]
      }
      shapes["\(block).attn.q_bias"] = [hidden]
      shapes["\(block).attn.v_bias"] = [hidden]
      addRotary("\(block).attn.rope", vision)
      addNorm("\(block).attn.inner_attn_ln", hidden)
      addLinear("\(block).attn.proj", from: hidden, to: hidden)
      addNorm("\(block).norm2", hidden)
      addLinear("\(block).mlp.w1", from: hidden, to: vision.intermediate)
      addLinear("\(block).mlp.w2", from: hidden, to: vision.intermediate)
      addNorm("\(block).mlp.ffn_ln", vision.intermediate)
      addLinear("\(block).mlp.w3", from: vision.intermediate, to: hidden)
    }
  }

  private mutating func addLinear(_ name: String, from input: Int, to output: Int) {
    shapes["\(name).weight"] = [output, input]
    shapes["\(name).bias"] = [output]
  }

  private mutating func addNorm(_ name: String, _ width: Int) {
    shapes["\(name).weight"] = [width]
    shapes["\(name).bias"] = [width]
  }

  private mutating func addRotary(_ name: String, _ vision: VisualizedBGE.VisionSizes) {
    shapes["\(name).freqs_cos"] = [vision.patchCount, vision.headWidth]
    shapes["\(name).freqs_sin"] = [vision.patchCount, vision.headWidth]
  }
}
