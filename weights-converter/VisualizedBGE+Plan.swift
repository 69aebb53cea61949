import TesseraCheckpoints

/// The model folder that a Visualized-BGE becomes.
extension VisualizedBGE {
  /// - Throws: `ConversionError` where the text model is not the one of the checkpoint.
  func plan(textModel: TextModel, _ quantizer: Quantizer?) throws -> ModelPlan {
    try check(textModel)
    var plan = ModelPlan()
    plan.add("config.json", text: config(textModel))
    plan.add("preprocessor_config.json", text: preprocessorConfig)
    plan.add("modules.json", text: Self.modules)
    plan.add("1_Pooling/config.json", text: poolingConfig)
    for name in try TokenizerFiles.present(in: textModel.path) {
      plan.copy("\(textModel.path)/\(name)", to: name)
    }
    plan.add(
      try WeightsPlan(
        path: "model.safetensors", [.init(checkpoint: checkpoint, prefix: "")],
        quantizer: quantizer))
    return plan
  }

  private func check(_ textModel: TextModel) throws {
    let pairs: [(field: String, configured: Int, tensor: String, found: Int)] = [
      (
        "vocab_size", textModel.vocabularySize, "bge_embeddings.word_embeddings.weight",
        text.vocabulary
      ),
      (
        "hidden_size", textModel.hiddenSize, "bge_embeddings.word_embeddings.weight", text.hidden
      ),
      (
        "max_position_embeddings", textModel.positionCount,
        "bge_embeddings.position_embeddings.weight", text.positions
      ),
      (
        "type_vocab_size", textModel.typeCount, "bge_embeddings.token_type_embeddings.weight",
        text.types
      ),
      (
        "intermediate_size", textModel.intermediateSize,
        "bge_encoder.layer.0.intermediate.dense.weight", text.intermediate
      ),
      ("num_hidden_layers", textModel.layerCount, "bge_encoder.layer.*", text.layers),
    ]
    for pair in pairs where pair.configured != pair.found {
      throw ConversionError.config(
        file: textModel.configPath, field: pair.field,
        expected: "\(pair.found), as \(pair.tensor) of \(checkpoint.path) has it",
        found: "\(pair.configured)")
    }
  }

  private func config(_ textModel: TextModel) -> String {
    // A string of JSON never spans lines, so that indenting the lines changes nothing.
    let textConfig = textModel.config.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\n  ")
    return """
      {
        "model_type": "visualized_bge",
        "architectures": ["VisualizedBGE"],
        "text_config": \(textConfig),
        "vision_config": {
          "model_type": "eva02",
          "image_size": \(vision.imageSize),
          "patch_size": \(vision.patchSize),
          "num_channels": 3,
          "hidden_size": \(vision.hidden),
          "num_hidden_layers": \(vision.blocks),
          "num_attention_heads": \(vision.headCount),
          "intermediate_size": \(vision.intermediate),
          "layer_norm_eps": 1e-06,
          "projection_dim": \(vision.projection)
        }
      }

      """
  }

  /// CLIP's mean and standard deviation, with which the image tower was trained.
  private var preprocessorConfig: String {
    """
    {
      "image_processor_type": "CLIPImageProcessor",
      "do_convert_rgb": true,
      "do_resize": true,
      "size": {"shortest_edge": \(vision.imageSize)},
      "resample": 3,
      "do_center_crop": true,
      "crop_size": {"height": \(vision.imageSize), "width": \(vision.imageSize)},
      "do_rescale": true,
      "rescale_factor": 0.00392156862745098,
      "do_normalize": true,
      "image_mean": [0.48145466, 0.4578275, 0.40821073],
      "image_std": [0.26862954, 0.26130258, 0.27577711]
    }

    """
  }

  private static let modules = """
    [
      {
        "idx": 0, "name": "0", "path": "",
        "type": "sentence_transformers.models.Transformer"
      },
      {
        "idx": 1, "name": "1", "path": "1_Pooling",
        "type": "sentence_transformers.models.Pooling"
      },
      {
        "idx": 2, "name": "2", "path": "2_Normalize",
        "type": "sentence_transformers.models.Normalize"
      }
    ]

    """

  private var poolingConfig: String {
    """
    {
      "word_embedding_dimension": \(text.hidden),
      "pooling_mode_cls_token": true,
      "pooling_mode_mean_tokens": false,
      "pooling_mode_max_tokens": false,
      "pooling_mode_mean_sqrt_len_tokens": false
    }

    """
  }
}
