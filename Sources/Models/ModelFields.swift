import TesseraJSON

/// The fields of a folder's configurations: beside those that are read, those that cannot change a
/// vector or a score, and those that would but are not done. `docs/config-fields.md` says why.
package enum ModelFields {
  /// Of config.json: dropout, training and generation; what is said elsewhere too; how a class runs.
  package static let harmless: Set<String> = [
    "_commit_hash", "_name_or_path", "_pad_token_id", "_sliding_window_pattern", "apply_layernorm",
    "architectures",
    "attention_dropout", "attention_probs_dropout_prob", "attn_implementation", "auto_map",
    "bad_words_ids", "begin_suppress_tokens", "bos_token", "bos_token_id",
    "chunk_size_feed_forward", "classifier_activation", "classifier_bias", "classifier_dropout",
    "classifier_dropout_prob", "classifier_pooling", "clf_pooling", "cls_token_id", "crop_pct",
    "decoder_bias", "decoder_start_token_id", "deterministic_flash_attn", "directionality",
    "diversity_penalty", "do_sample", "drop_path_rate", "dropout", "dtype", "early_stopping",
    "emb_pooler", "embedding_dropout", "encoder_no_repeat_ngram_size", "eos_token", "eos_token_id",
    "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
    "forced_eos_token_id", "generator_hidden_size", "gradient_checkpointing", "hidden_dropout",
    "hidden_dropout_prob", "id2label", "image_text_hidden_size", "initializer_cutoff_factor",
    "initializer_factor", "initializer_range", "is_causal", "label2id", "label_smoothing",
    "language", "layerdrop", "layerscale_value", "length_penalty", "load_trained_adapters",
    "logit_scale_init_value", "lora_dropout_p", "lora_main_params_trainable", "mask_token",
    "mask_token_id", "matryoshka_dimensions", "matryoshka_dims", "max_length",
    "max_trained_positions", "max_window_layers", "min_length", "mlp_dropout", "model_max_length",
    "model_type", "name", "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_channels",
    "num_labels", "num_return_sequences", "out_features", "out_indices", "output_attentions",
    "output_hidden_states", "output_past", "output_scores", "pad_token", "pad_token_id",
    "pad_vocab_size_multiple", "pooler_fc_size", "pooler_num_attention_heads",
    "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type", "prefix", "pretraining_tp",
    "problem_type", "projection_dim", "qa_dropout", "reference_compile", "remove_invalid_values",
    "repad_logits_with_grad", "repetition_penalty", "reshape_hidden_states", "return_dict",
    "return_dict_in_generate", "sbert_ce_default_activation_function", "sentence_transformers",
    "sep_token_id", "seq_classif_dropout", "sinusoidal_pos_embds", "sliding_window",
    "sliding_window_pattern", "sparse_pred_ignore_index", "sparse_prediction", "stage_names",
    "summary_activation", "summary_first_dropout", "summary_last_dropout", "summary_type",
    "summary_use_proj", "suppress_tokens", "task_specific_params", "temperature",
    "temperature_init_value", "tf_legacy_loss", "tie_encoder_decoder", "tie_word_embeddings",
    "tokenizer_class", "top_k", "top_p", "torch_dtype", "torchscript", "transformers_version",
    "typical_p", "unpad_inputs", "use_bfloat16", "use_cache", "use_flash_attn", "use_mask_token",
    "use_memory_efficient_attention", "use_reentrant", "use_text_flash_attn", "use_vision_xformers",
    "xla_device",
  ]

  /// Of config.json: they make another model of the same weights, unless they are off.
  package static let refused: Set<String> = [
    "add_cross_attention", "cross_attention_hidden_size", "is_decoder", "is_encoder_decoder",
    "pruned_heads",
  ]

  /// Of sentence_bert_config.json.
  package static let sentenceRead: Set<String> = [
    "do_lower_case", "max_seq_length", "modality_config", "module_output_name", "transformer_task",
  ]
  /// Of sentence_bert_config.json: read where each token gets a vector, and refused elsewhere.
  package static let sentenceTasks: Set<String> = [
    "document_length", "query_expansion", "query_length",
  ]
  /// Of sentence_bert_config.json: how PyTorch loads and runs the model.
  package static let sentenceHarmless: Set<String> = [
    "backend", "cache_dir", "config_args", "config_kwargs", "model_args", "model_kwargs",
    "unpad_inputs",
  ]
  /// Of sentence_bert_config.json: they change ids, unless they are empty.
  package static let sentenceRefused: Set<String> = [
    "processing_kwargs", "processor_kwargs", "tokenizer_args", "tokenizer_name_or_path",
  ]

  /// Of config_sentence_transformers.json.
  package static let transformersRead: Set<String> = [
    "__version__", "activation_fn", "attend_to_expansion_tokens", "attend_to_mask_tokens",
    "default_prompt_name", "do_query_expansion", "document_length", "document_prefix", "model_type",
    "prompts", "query_length", "query_prefix", "similarity_fn_name", "skiplist_words",
    "truncate_dim",
  ]
  package static let transformersHarmless: Set<String> = ["max_active_dims"]

  /// Of Stanford's artifact.metadata.
  package static let artifactRead: Set<String> = [
    "attend_to_mask_tokens", "dim", "doc_maxlen", "doc_token_id", "interaction",
    "mask_punctuation", "query_maxlen", "query_token_id", "reranker", "similarity",
  ]
  /// Of artifact.metadata: training, its index and its search; how the markers are shown.
  package static let artifactHarmless: Set<String> = [
    "accumsteps", "amp", "avoid_fork_if_possible", "bsize", "centroid_score_threshold",
    "checkpoint", "clustering_mode", "collection", "distillation_alpha", "doc_token", "experiment",
    "gpus", "ignore_scores", "index_bsize", "index_name", "index_path", "index_root",
    "kmeans_niters", "load_index_with_mmap", "lr", "maxsteps", "meta", "model_name", "name",
    "nbits", "ncells", "ndocs", "nranks", "num_partitions_max", "nway", "overwrite",
    "pool_factor", "protected_tokens", "queries", "query_token", "rank", "relu", "resume", "root",
    "save_every", "triples", "use_ib_negatives", "warmup", "warmup_bert",
  ]

  /// Of the files of modules.
  package static let moduleFields: [String: Set<String>] = [
    "Pooling": [
      "embedding_dimension", "include_prompt", "pooling_mode", "pooling_mode_cls_token",
      "pooling_mode_lasttoken", "pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens",
      "pooling_mode_mean_tokens", "pooling_mode_weightedmean_tokens", "word_embedding_dimension",
    ],
    "Dense": [
      "activation_function", "bias", "in_features", "module_input_name", "module_output_name",
      "out_features", "use_residual",
    ],
    "SpladePooling": [
      "activation_function", "embedding_dimension", "pooling_strategy", "word_embedding_dimension",
    ],
    "LayerNorm": ["dimension"],
    "MultiVectorMask": ["keep_only_token_ids", "skiplist_tasks", "skiplist_words"],
    "Normalize": ["module_input_name", "module_output_name"],
    "Dropout": ["dropout"],
  ]

  /// What to tell of a module's fields that are not known.
  static func notes(of config: Config?, _ kind: String) throws -> [String] {
    let known = moduleFields[kind] ?? []
    return try config?.field.members().filter { !known.contains($0.key) }
      .map { note(config?.field.place.key($0.key)) } ?? []
  }

  fileprivate static func note(_ place: FilePlace?) -> String {
    "\(place?.file ?? ""): \(place?.path ?? "") is not known, and passed over"
  }
}

extension ModelFiles {
  /// Refuses fields that would change what is computed and are not done, and tells of those that are
  /// not known: to be asked once the model is built.
  ///
  /// - Throws: `FieldError`.
  package func fieldNotes(_ family: any ModelFamily.Type) throws -> [String] {
    try refuse(ModelFields.refused, of: config)
    try sentenceConfig.map { try refuse(ModelFields.sentenceRefused, of: $0) }
    if try !givesTokenVectors() {
      try sentenceConfig.map { try refuse(ModelFields.sentenceTasks, of: $0) }
    }
    try requireKnownReading(family)
    let place = config.field.place
    // Configurations within it are their families' own.
    let unread = config.field.unreadKeys().filter { key in
      !key.contains(".") && !ModelFields.harmless.contains(key)
        && !ModelFields.refused.contains(key)
    }
    return unread.map { ModelFields.note(FilePlace(file: place.file, path: $0)) }
      + (try unknown(
        ModelFields.sentenceRead.union(ModelFields.sentenceHarmless)
          .union(ModelFields.sentenceRefused).union(ModelFields.sentenceTasks), of: sentenceConfig))
      + (try unknown(
        ModelFields.transformersRead.union(ModelFields.transformersHarmless),
        of: sentenceTransformersConfig))
      + (try isStanfordColBERT()
        ? unknown(
          ModelFields.artifactRead.union(ModelFields.artifactHarmless), of: stanfordConfig()) : [])
  }

  private func unknown(_ known: Set<String>, of config: Config?) throws -> [String] {
    try config?.field.members().filter { !known.contains($0.key) }
      .map { ModelFields.note(config?.field.place.key($0.key)) } ?? []
  }

  private func refuse(_ keys: Set<String>, of config: Config) throws {
    for member in try config.field.members() where keys.contains(member.key) {
      let isOff =
        switch member.value {
        case .null, .bool(false): true
        case .object(let members): members.isEmpty
        case .array(let elements): elements.isEmpty
        default: false
        }
      guard isOff else { throw config.field.place.key(member.key).unsupported("this value") }
    }
  }

  /// What sentence-transformers takes of the model's answer must be what is computed here.
  private func requireKnownReading(_ family: any ModelFamily.Type) throws {
    let reading = try ModelReading(self, family)
    // What stands for them where they are missing reads the texts as they are, without a template.
    guard let sentence = sentenceConfig else {
      if reading.isConversation { throw FilePlace(file: "sentence_bert_config.json").missing }
      return
    }
    try sentence.requireIfPresent("transformer_task", is: reading.task)
    try sentence.requireIfPresent("module_output_name", is: reading.feature)
    guard let modalities = try sentence.optionalObject("modality_config") else {
      if reading.isConversation { throw sentence.field.place.key("modality_config").missing }
      return
    }
    for member in try modalities.field.members() {
      guard let method = reading.methods[member.key] else {
        throw modalities.field.place.key(member.key).unsupported("this way of reading")
      }
      let modality = try modalities.object(member.key)
      try modality.requireIfPresent("method", is: method)
      try modality.requireIfPresent("method_output_name", is: reading.output)
    }
    let message =
      try reading.isConversation
      ? modalities.object("message") : modalities.optionalObject("message")
    try message?.requireIfPresent("format", is: "flat")
  }
}
