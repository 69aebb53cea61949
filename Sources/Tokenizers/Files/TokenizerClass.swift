import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The class of transformers that a folder is written for, as far as it decides which fields count
/// and which tokens there are without being named.
struct TokenizerClass: Equatable {
  enum Kind: Equatable {
    /// Reads do_lower_case, strip_accents and tokenize_chinese_chars; MPNet's leaves out the last.
    case bert, mpnet
    /// Byte-level BPE that reads add_prefix_space.
    case roberta, gpt2
    case qwen, clip, xlmRoberta, camembert, albert
    /// Builds its template from add_bos_token and add_eos_token.
    case llama, gemma
    /// What tokenizer.json says counts alone.
    case plain
    /// A class, perhaps of the folder's own, whose fields are not known here.
    case unknown
  }

  let kind: Kind
  /// As the file spells it, if it names a class.
  let name: String?

  private static let kinds: [(Kind, [String])] = [
    (
      .bert,
      ["Bert", "DistilBert", "Electra", "MobileBert", "ConvBert", "SqueezeBert", "LayoutLM"]
    ),
    (.mpnet, ["MPNet"]), (.roberta, ["Roberta", "Longformer", "LED", "Bart", "Mvp"]),
    (.gpt2, ["GPT2", "CodeGen"]), (.qwen, ["Qwen2"]), (.clip, ["CLIP"]),
    (.xlmRoberta, ["XLMRoberta"]), (.camembert, ["Camembert"]), (.albert, ["Albert"]),
    (.llama, ["Llama", "CodeLlama"]), (.gemma, ["Gemma"]),
    (.plain, ["PreTrained", "TokenizersBackend"]),
  ]

  /// Which class transformers takes for a model whose files name none.
  private static let modelTypes: [String: Kind] = [
    "bert": .bert, "distilbert": .bert, "electra": .bert, "mobilebert": .bert, "convbert": .bert,
    "squeezebert": .bert, "layoutlm": .bert, "chinese_clip": .bert, "blip": .bert,
    "mpnet": .mpnet, "roberta": .roberta, "longformer": .roberta, "led": .roberta,
    "bart": .roberta, "gpt2": .gpt2, "codegen": .gpt2, "qwen2": .qwen, "qwen3": .qwen,
    "clip": .clip, "xlm-roberta": .xlmRoberta, "camembert": .camembert, "albert": .albert,
    "llama": .llama, "mistral": .llama, "gemma": .gemma, "gemma2": .gemma, "gemma3_text": .gemma,
    "siglip2": .gemma,
  ]

  init(named name: String) {
    var stem = name
    for ending in ["Fast", "Tokenizer"] where stem.hasSuffix(ending) {
      stem.removeLast(ending.count)
    }
    self.init(kind: Self.kinds.first { $0.1.contains(stem) }?.0 ?? .unknown, name: name)
  }

  init(kind: Kind, name: String? = nil) {
    self.kind = kind
    self.name = name
  }

  /// Whether no file says which class it is.
  var isOpen: Bool { kind == .plain && name == nil }

  /// - Parameters:
  ///   - config: tokenizer_config.json, whose `tokenizer_class` comes first.
  ///   - folder: Where config.json may name the class, or the model.
  init(_ config: Field, folder: URL) throws {
    if let field = try config.optional("tokenizer_class") {
      self.init(named: try field.string())
      return
    }
    let model = try Field(objectIn: folder.appending(path: "config.json"))
    if let field = try model.optional("tokenizer_class") {
      self.init(named: try field.string())
      return
    }
    let type = try model.optional("model_type")?.string()
    self.init(kind: type.flatMap { Self.modelTypes[$0] } ?? .plain)
  }

  /// The tokens that play a part where no file says so.
  var defaultRoles: [String: String] {
    switch kind {
    case .bert:
      [
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
        "mask_token": "[MASK]",
      ]
    case .roberta, .xlmRoberta, .camembert:
      [
        "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>",
        "pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>",
      ]
    case .mpnet:
      [
        "bos_token": "<s>", "eos_token": "</s>", "unk_token": "[UNK]", "sep_token": "</s>",
        "pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>",
      ]
    case .albert:
      [
        "bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "<unk>", "sep_token": "[SEP]",
        "pad_token": "<pad>", "cls_token": "[CLS]", "mask_token": "[MASK]",
      ]
    case .clip:
      [
        "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>",
      ]
    case .gpt2:
      [
        "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
      ]
    case .qwen:
      [
        "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
      ]
    case .llama: ["bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"]
    case .gemma:
      ["bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"]
    case .plain, .unknown: [:]
    }
  }

  /// Special tokens besides those with a part, where no file lists them.
  var defaultAdditionalTokens: [String] {
    kind == .camembert ? ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"] : []
  }

  /// Whether the mask, where a file gives it as a string, takes in the white space on its left.
  var maskStripsLeft: Bool {
    [.mpnet, .roberta, .xlmRoberta, .camembert, .albert].contains(kind)
  }
}
