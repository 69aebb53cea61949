import TesseraJSON

/// The fields of tokenizer_config.json: those that are read, those that cannot change an id, and
/// those that would but are not done.
enum ConfigFields {
  static let read: Set<String> = [
    "add_bos_token", "add_eos_token", "add_prefix_space", "added_tokens_decoder",
    "additional_special_tokens", "bos_token", "cls_token", "do_lower_case", "eos_token",
    "extra_special_tokens", "mask_token", "max_len", "model_max_length", "pad_token", "sep_token",
    "split_special_tokens", "strip_accents", "tokenize_chinese_chars", "tokenizer_class",
    "truncation_side", "unk_token",
  ]

  /// They concern padding, which is never done; the way back to text; chats; offsets; the slow
  /// tokenizers, which are not followed; and where the files came from.
  static let harmless: Set<String> = [
    "_commit_hash", "auto_map", "backend", "chat_template", "clean_text",
    "clean_up_tokenization_spaces", "device_map", "do_basic_tokenize", "errors",
    "feature_extractor_type", "from_slow", "image_processor_type", "init_inputs", "is_local",
    "keep_accents", "legacy", "local_files_only", "max_length", "merges_file",
    "model_input_names", "name_or_path", "never_split", "pad_to_multiple_of",
    "pad_token_type_id", "padding", "padding_side", "processor_class", "remove_space",
    "response_schema", "return_attention_mask", "return_token_type_ids",
    "spaces_between_special_tokens", "sp_model_kwargs", "special_tokens_map_file", "stride",
    "token_type_ids_pattern", "tokenizer_file", "tokenizer_type", "torch_dtype",
    "transformers_version", "trim_offsets", "truncation", "truncation_strategy",
    "use_default_system_prompt", "use_fast", "verbose", "vocab_file", "wordpieces_prefix",
  ]

  /// Languages move the special tokens of translation models; the others belong to tokenizers
  /// that have no tokenizer.json.
  static let refused: Set<String> = [
    "bpe_dropout", "dropout", "entity_vocab_file", "extra_ids", "fix_mistral_regex",
    "language_codes", "phonemizer_lang", "src_lang", "subword_tokenizer_type", "tgt_lang",
    "word_tokenizer_type",
  ]

  /// What to tell of fields that are not known; a role that a model has alone, such as
  /// "image_token", names a token and changes none.
  static func notes(of fields: Field) throws -> [String] {
    var notes: [String] = []
    for member in try fields.members() {
      if refused.contains(member.key), !member.value.isNull {
        throw fields.place.key(member.key).unsupported("this field")
      }
      guard !read.contains(member.key), !harmless.contains(member.key),
        !member.key.hasSuffix("_token"), !member.key.hasSuffix("_token_id")
      else { continue }
      notes.append("\(fields.place.file): \(member.key) is not known, and passed over")
    }
    return notes
  }
}
