/// Under which name a checkpoint stores a tensor that a model asks for.
///
/// Training and saving leave traces in names that change no number: a wrapper's prefix before all of
/// them, the LayerNorm parameters of TensorFlow, lists of layers by another name, and tensors that are
/// stored once for several names.
struct NameResolution: Sendable {
  /// What stands before every name: `module.` of DataParallel, `_orig_mod.` of torch.compile,
  /// `model.` of a class around the model, `0.auto_model.` of sentence-transformers; or nothing.
  let prefix: String
  private let checkpoint: Checkpoint
  private let aliases: [String: String]

  private static let wrappers = ["module.", "_orig_mod.", "model.", "0.auto_model.", "auto_model."]
  /// As TensorFlow calls them, and bert-base-uncased's first file after it.
  private static let olderNames = [
    ".LayerNorm.weight": ".LayerNorm.gamma", ".LayerNorm.bias": ".LayerNorm.beta",
  ]

  /// Where two towers beside each other call their layers differently, transformers 5.24 saves both
  /// as one of them does.
  private static let (list, otherList) = (".layers.", ".layer.")

  init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    aliases = checkpoint.aliases
    prefix = Self.commonPrefix(of: checkpoint.names)
  }

  /// The stored name; nil where there is none.
  ///
  /// A model that has the prefix in its own names, as Qwen3 has `model.`, finds them as they are.
  func storedName(_ name: String) -> String? {
    let spellings = prefix.isEmpty ? [name] : [name, prefix + name]
    for spelling in spellings {
      if checkpoint.info(spelling) != nil { return spelling }
      if let alias = aliases[spelling], checkpoint.info(alias) != nil { return alias }
    }
    for other in Self.otherSpellings(of: name) {
      for spelling in [other, prefix + other] where checkpoint.info(spelling) != nil {
        return spelling
      }
    }
    return nil
  }

  private static func otherSpellings(of name: String) -> [String] {
    let older = olderNames.compactMap { newer, older in
      name.hasSuffix(newer) ? String(name.dropLast(newer.count)) + older : nil
    }
    return older + (name.contains(list) ? [name.replacing(list, with: otherList)] : [])
  }

  /// Whether any tensor's name begins with a scope's path.
  func hasNames(under path: String) -> Bool {
    checkpoint.names.contains {
      withoutPrefix($0).hasPrefix(path + ".") || $0.hasPrefix(path + ".")
    }
  }

  /// Whether a tensor was found only behind the prefix.
  func hasPrefixed(_ stored: String, _ name: String) -> Bool {
    !prefix.isEmpty && stored.hasPrefix(prefix) && !name.hasPrefix(prefix)
  }

  /// A stored name as a model calls it.
  func withoutPrefix(_ name: String) -> String {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }

  /// The wrappers around all names, the outermost first.
  static func commonPrefix(of names: [String]) -> String {
    guard let first = names.first else { return "" }
    var prefix = ""
    while let wrapper = wrappers.first(where: { first.dropFirst(prefix.count).hasPrefix($0) }),
      names.allSatisfy({ $0.hasPrefix(prefix + wrapper) })
    {
      prefix += wrapper
    }
    return prefix
  }
}
