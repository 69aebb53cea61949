/// What is put around the tokens of a text, or of a pair of texts.
///
/// Every post-processor of a file comes down to two templates: special tokens, and the places where
/// the texts' own tokens go.
struct PostProcessor: Sendable {
  enum Part: Equatable, Sendable {
    case special([Int], type: Int)
    /// The first text (0) or the second (1).
    case text(Int, type: Int)

    var isText: Bool {
      if case .text = self { true } else { false }
    }
  }

  let single: [Part]
  /// Nil where the file's template has no place for one of two texts.
  let pair: [Part]?

  /// Texts one behind the other.
  static let none = PostProcessor(
    single: [.text(0, type: 0)], pair: [.text(0, type: 0), .text(1, type: 1)])

  /// `[CLS] A [SEP] B [SEP]`, where the second text and its end are of type 1.
  static func bert(start: Int, end: Int) -> PostProcessor {
    PostProcessor(
      single: [.special([start], type: 0), .text(0, type: 0), .special([end], type: 0)],
      pair: [
        .special([start], type: 0), .text(0, type: 0), .special([end], type: 0),
        .text(1, type: 1), .special([end], type: 1),
      ])
  }

  /// `<s> A </s></s> B </s>`, all of type 0.
  static func roberta(start: Int, end: Int) -> PostProcessor {
    PostProcessor(
      single: [.special([start], type: 0), .text(0, type: 0), .special([end], type: 0)],
      pair: [
        .special([start], type: 0), .text(0, type: 0), .special([end, end], type: 0),
        .text(1, type: 0), .special([end], type: 0),
      ])
  }

  /// MPNet's: two ends between the texts, and the second text of type 1.
  static func mpnet(start: Int, end: Int) -> PostProcessor {
    PostProcessor(
      single: [.special([start], type: 0), .text(0, type: 0), .special([end], type: 0)],
      pair: [
        .special([start], type: 0), .text(0, type: 0), .special([end, end], type: 0),
        .text(1, type: 1), .special([end], type: 1),
      ])
  }

  /// A start, an end, both or neither around each text.
  static func ends(start: Int?, end: Int?) -> PostProcessor {
    func around(_ text: Int) -> [Part] {
      let start = start.map { [Part.special([$0], type: text)] } ?? []
      let end = end.map { [Part.special([$0], type: text)] } ?? []
      return start + [.text(text, type: text)] + end
    }
    return PostProcessor(single: around(0), pair: around(0) + around(1))
  }

  /// The special tokens before and behind one text.
  var leadingIDs: [Int] { Self.ids(single.prefix { !$0.isText }) }
  var trailingIDs: [Int] { Self.ids(single.drop { !$0.isText }.dropFirst()) }

  /// The number of special tokens around one text, or a pair.
  var singleSpecialCount: Int { Self.ids(single[...]).count }
  var pairSpecialCount: Int { Self.ids((pair ?? [])[...]).count }

  /// All special tokens of the templates.
  var specialIDs: [Int] { Self.ids((single + (pair ?? []))[...]) }

  private static func ids(_ template: ArraySlice<Part>) -> [Int] {
    template.flatMap { part -> [Int] in
      if case .special(let ids, _) = part { ids } else { [] }
    }
  }

  /// A sequence for a model.
  struct Filled {
    var ids: [Int] = []
    var typeIDs: [Int] = []
    /// Where each text's own tokens stand.
    var texts: [Range<Int>] = []
  }

  /// Puts texts into a template.
  static func fill(
    _ template: [Part], with texts: [ArraySlice<Int>], addSpecialTokens: Bool
  ) -> Filled {
    var sequence = Filled()
    sequence.texts = Array(repeating: 0..<0, count: texts.count)
    func append(_ ids: some Collection<Int>, type: Int) {
      sequence.ids += ids
      sequence.typeIDs += repeatElement(type, count: ids.count)
    }
    for part in template {
      switch part {
      case .special(let ids, let type):
        if addSpecialTokens { append(ids, type: type) }
      case .text(let index, let type):
        let start = sequence.ids.count
        append(texts[index], type: type)
        sequence.texts[index] = start..<sequence.ids.count
      }
    }
    return sequence
  }
}
