/// Text to token ids, as HF *tokenizers* would do it with the same files.
///
/// The stages, in the order in which text passes them: added tokens that match raw text; the
/// normalizer; added tokens that match normalized text; the pre-tokenizer, which cuts words; the
/// model, which finds their tokens; the post-processor, which puts special tokens around them.
package struct Tokenizer: Sendable {
  private let rawTokens: AddedTokens
  private let normalizer: (any Normalizer)?
  private let normalizedTokens: AddedTokens
  private let preTokenizer: (any PreTokenizer)?
  private let model: any Model
  private let postProcessor: PostProcessor
  let decoder: any Decoder
  private let file: String

  /// By exact spelling, as in `TokenizerParts`.
  private let addedIDs: [[UInt8]: Int]
  private let addedContents: [Int: String]

  package let specialTokens: SpecialTokens
  /// What a user should know of the files, such as a field that is not known; a line each.
  package let notes: [String]
  /// What the configuration gives as the longest input, in tokens with special ones; nil: nothing.
  package let modelMaxLength: Int?
  /// On which side a text that is too long is cut.
  package let truncationSide: TextSide
  /// How the file would truncate and pad.
  ///
  /// `encode` does neither by itself.
  package let fileTruncation: TruncationSettings?
  package let filePadding: PaddingSettings?
  /// The number of tokens, added ones included.
  package let vocabularySize: Int

  init(_ parts: TokenizerParts, config: TokenizerConfig?) throws {
    var raw: [(AddedToken, [UInt8])] = []
    var normalized: [(AddedToken, [UInt8])] = []
    for token in parts.addedTokens {
      var segment = TextSegment(bytes: Array(token.content.utf8), beginsText: true)
      if token.isNormalized {
        parts.normalizer?.normalize(&segment)
        guard !segment.bytes.isEmpty else {
          throw parts.place.key("added_tokens").inconsistent(
            "nothing is left of \"\(token.content)\" when it is normalized")
        }
        normalized.append((token, segment.bytes))
      } else {
        raw.append((token, segment.bytes))
      }
    }
    rawTokens = try AddedTokens(
      raw, passesOverSpecial: parts.splitsSpecialTokens, at: parts.place.key("added_tokens"))
    normalizedTokens = try AddedTokens(
      normalized, passesOverSpecial: parts.splitsSpecialTokens, at: parts.place.key("added_tokens"))
    normalizer = parts.normalizer
    preTokenizer = parts.preTokenizer
    model = parts.model
    postProcessor = parts.postProcessor
    decoder = parts.decoder
    file = parts.place.file
    addedIDs = parts.addedIDs
    addedContents = Dictionary(parts.addedTokens.map { ($0.id, $0.content) }) { $1 }
    fileTruncation = parts.truncation
    filePadding = parts.padding
    notes = parts.notes
    truncationSide = try config?.truncationSide() ?? parts.truncation?.side ?? .right
    modelMaxLength = try config?.modelMaxLength()
    vocabularySize =
      model.tokenCount + parts.addedTokens.count { parts.model.id($0.content) == nil }
    specialTokens = try SpecialTokens(parts, config)

    for id in postProcessor.specialIDs where token(id) == nil {
      throw parts.place.key("post_processor").inconsistent("there is no token with the id \(id)")
    }
  }

  /// The number of special tokens that `encode` adds to a text.
  package var specialTokenCount: Int { postProcessor.singleSpecialCount }
  /// The number of special tokens that `encode` adds to a pair of texts.
  package var pairSpecialTokenCount: Int { postProcessor.pairSpecialCount }

  /// Turns a text into token ids.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - addSpecialTokens: Whether to put the special tokens around the text's own.
  ///   - maxLength: The greatest number of ids, special tokens included. All special ones are kept,
  ///     and of the text the tokens that `truncationSide` leaves: where it is less than
  ///     `specialTokenCount`, the special ones alone remain, although they are more.
  /// - Returns: The ids, and what was lost on the way.
  package func encode(
    _ text: String, addSpecialTokens: Bool = true, maxLength: Int? = nil
  ) -> Encoding {
    encoding(of: tokens(of: text), addSpecialTokens: addSpecialTokens, maxLength: maxLength)
  }

  /// Turns a pair of texts into the ids of one sequence.
  ///
  /// - Parameters:
  ///   - first: Any text, such as a query.
  ///   - second: Any text, such as a passage.
  ///   - addSpecialTokens: Whether to put the special tokens around and between the texts.
  ///   - maxLength: The greatest number of ids, special tokens included. Where it is not more than
  ///     `pairSpecialTokenCount`, the special ones alone remain.
  ///   - truncation: Which of the texts is cut, on the side of `truncationSide`.
  package func encode(
    _ first: String, _ second: String, addSpecialTokens: Bool = true, maxLength: Int? = nil,
    truncation: PairTruncation = .longestFirst
  ) throws(PairError) -> Encoding {
    guard let template = postProcessor.pair else { throw .noTemplate(file: file) }
    let texts = [tokens(of: first), tokens(of: second)]
    let counts = texts.map(\.ids.count)
    let special = addSpecialTokens ? pairSpecialTokenCount : 0
    let room = maxLength.map { max(special, $0) - special } ?? Int.max
    let kept = try truncation.lengths(counts[0], counts[1], room: room)
    let sequence = PostProcessor.fill(
      template,
      with: [
        truncationSide.kept(texts[0].ids, kept.0), truncationSide.kept(texts[1].ids, kept.1),
      ], addSpecialTokens: addSpecialTokens)
    return Encoding(
      ids: sequence.ids, typeIDs: sequence.typeIDs, texts: sequence.texts, textCounts: counts,
      unknownText: texts[0].unknownText.followed(by: texts[1].unknownText))
  }

  /// Encodes a text with its special tokens, and says which tokens come of which word.
  package func encodeWords(_ text: String, maxLength: Int? = nil) -> WordEncoding {
    let tokens = tokens(of: text, recordingWords: true)
    let first = postProcessor.leadingIDs.count
    let ends = tokens.words.dropFirst().map(\.firstToken) + [tokens.ids.count]
    let words = zip(tokens.words, ends).map { word, end in
      WordEncoding.Word(
        text: readable(Array(word.text)), tokens: first + word.firstToken..<first + end,
        isUnknown: tokens.ids[word.firstToken..<end].contains { $0 == model.unknownID })
    }
    let encoding = encoding(of: tokens, addSpecialTokens: true, maxLength: maxLength)
    let all = first..<first + tokens.ids.count
    return WordEncoding(
      encoding: encoding,
      ids: self.encoding(of: tokens, addSpecialTokens: true, maxLength: nil).ids,
      words: words, textTokens: all,
      keptTokens: truncationSide == .left
        ? all.suffix(encoding.texts[0].count) : all.prefix(encoding.texts[0].count))
  }

  /// A token, or a word as the model gets it, without marks for spaces and bytes.
  package func readable(_ spelling: String) -> String { readable(Array(spelling.utf8)) }

  private func readable(_ bytes: [UInt8]) -> String {
    let readable = String(decoding: preTokenizer?.readable(bytes) ?? bytes, as: UTF8.self)
    return String(readable.drop { $0 == " " })
  }

  /// The tokens of a text, without special ones around it.
  private func tokens(of text: String, recordingWords: Bool = false) -> TokenList {
    var tokens = TokenList(recordingWords: recordingWords)
    let bytes = Array(text.utf8)
    for part in rawTokens.split(bytes) {
      switch part {
      case .token(let id):
        append(added: id, to: &tokens)
      case .text(let range):
        let stretch = range.count == bytes.count ? bytes : Array(bytes[range])
        encode(
          TextSegment(bytes: stretch, beginsText: range.lowerBound == 0), into: &tokens)
      }
    }
    return tokens
  }

  private func append(added id: Int, to tokens: inout TokenList) {
    tokens.beginWord(Array((token(id) ?? "").utf8)[...])
    tokens.append(id)
  }

  private func encoding(
    of tokens: TokenList, addSpecialTokens: Bool, maxLength: Int?
  ) -> Encoding {
    let special = addSpecialTokens ? specialTokenCount : 0
    let room = maxLength.map { max(special, $0) - special } ?? Int.max
    let sequence = PostProcessor.fill(
      postProcessor.single, with: [truncationSide.kept(tokens.ids, room)],
      addSpecialTokens: addSpecialTokens)
    return Encoding(
      ids: sequence.ids, typeIDs: sequence.typeIDs, texts: sequence.texts,
      textCounts: [tokens.ids.count], unknownText: tokens.unknownText)
  }

  /// Encodes a stretch of text without raw added tokens.
  private func encode(_ segment: TextSegment, into tokens: inout TokenList) {
    var segment = segment
    normalizer?.normalize(&segment)
    for part in normalizedTokens.split(segment.bytes) {
      switch part {
      case .token(let id):
        append(added: id, to: &tokens)
      case .text(let range):
        let stretch =
          range.count == segment.bytes.count ? segment.bytes : Array(segment.bytes[range])
        var text = PreTokenizedText(
          TextSegment(bytes: stretch, beginsText: segment.beginsText && range.lowerBound == 0))
        preTokenizer?.preTokenize(&text)
        model.tokenize(text, into: &tokens)
      }
    }
  }

  /// The token with an id, as the vocabulary spells it.
  package func token(_ id: Int) -> String? {
    addedContents[id] ?? model.token(id)
  }

  /// The id of a token that is spelled as in the vocabulary.
  package func id(_ token: String) -> Int? {
    addedIDs[Array(token.utf8)] ?? model.id(token)
  }
}
