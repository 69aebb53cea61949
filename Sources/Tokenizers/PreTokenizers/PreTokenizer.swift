import TesseraJSON

/// A step that cuts text into pieces, such as words.
protocol PreTokenizer: Sendable {
  func preTokenize(_ text: inout PreTokenizedText)

  /// What a piece, or a part of one, is in plain writing: without marks for spaces and bytes.
  func readable(_ piece: [UInt8]) -> [UInt8]
}

extension PreTokenizer {
  func readable(_ piece: [UInt8]) -> [UInt8] { piece }
}

/// Several steps, one after the other.
struct PreTokenizerSequence: PreTokenizer {
  let steps: [any PreTokenizer]

  func preTokenize(_ text: inout PreTokenizedText) {
    for step in steps { step.preTokenize(&text) }
  }

  func readable(_ piece: [UInt8]) -> [UInt8] {
    steps.reversed().reduce(piece) { $1.readable($0) }
  }
}

extension Field {
  /// Builds the pre-tokenizer that this field describes.
  func preTokenizer() throws -> any PreTokenizer {
    let type = try required("type").string()
    switch type {
    case "Sequence":
      try allowOnly("type", "pretokenizers")
      let steps = try required("pretokenizers").elements().map { try $0.preTokenizer() }
      return PreTokenizerSequence(steps: steps)
    case "BertPreTokenizer":
      try allowOnly("type")
      return BertPreTokenizer()
    case "Whitespace":
      try allowOnly("type")
      return SplitPreTokenizer(WordPattern(), .removed, inverted: true)
    case "WhitespaceSplit":
      try allowOnly("type")
      return SplitPreTokenizer(ScalarPattern(.whiteSpace), .removed)
    case "CharDelimiterSplit":
      try allowOnly("type", "delimiter")
      let delimiter = try required("delimiter")
      guard try delimiter.string().unicodeScalars.count == 1 else {
        throw delimiter.wrongType("one character")
      }
      return SplitPreTokenizer(LiteralPattern(try delimiter.string()), .removed)
    case "FixedLength":
      try allowOnly("type", "length")
      let length = try required("length")
      guard try length.count() > 0 else { throw length.wrongType("a length above 0") }
      return FixedLength(try length.count())
    case "Punctuation":
      try allowOnly("type", "behavior")
      let behavior = try optional("behavior")?.splitBehavior() ?? .isolated
      return SplitPreTokenizer(ScalarPattern(.punctuation), behavior)
    case "Digits":
      try allowOnly("type", "individual_digits")
      let areIndividual = try required("individual_digits").bool()
      return SplitPreTokenizer(ScalarPattern(.numeric), areIndividual ? .isolated : .contiguous)
    case "Split":
      try allowOnly("type", "pattern", "behavior", "invert")
      return SplitPreTokenizer(
        try required("pattern").pattern(), try required("behavior").splitBehavior(),
        inverted: try required("invert").bool())
    case "ByteLevel":
      try allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex")
      return ByteLevel(
        addsPrefixSpace: try required("add_prefix_space").bool(),
        splitsWords: try optional("use_regex")?.bool() ?? true)
    case "Metaspace":
      return try metaspace()
    default:
      throw place.unsupported("the pre-tokenizer \"\(type)\"")
    }
  }

  func metaspace() throws -> Metaspace {
    try allowOnly(
      "type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep")
    let replacement = try required("replacement")
    guard try replacement.string().unicodeScalars.count == 1 else {
      throw replacement.wrongType("one character")
    }
    var scheme = Metaspace.PrependScheme.always
    if let field = try optional("prepend_scheme") {
      guard let named = Metaspace.PrependScheme(rawValue: try field.string()) else {
        throw field.wrongType("\"always\", \"never\" or \"first\"")
      }
      scheme = named
    }
    // Older files say only add_prefix_space; where both stand, they must agree.
    if let field = try optional("add_prefix_space"), try !field.bool() {
      if try optional("prepend_scheme") != nil, scheme != .never {
        throw field.place.inconsistent("false, but prepend_scheme is \"\(scheme.rawValue)\"")
      }
      scheme = .never
    }
    return Metaspace(
      replacement: try replacement.string(), scheme: scheme,
      splits: try optional("split")?.bool() ?? true)
  }

  fileprivate func splitBehavior() throws -> SplitBehavior {
    guard let behavior = SplitBehavior(rawValue: try string()) else {
      throw wrongType("a split behavior such as \"Isolated\"")
    }
    return behavior
  }
}
