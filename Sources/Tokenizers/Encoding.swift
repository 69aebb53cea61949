/// A text, or a pair of texts, as a model takes it in.
package struct Encoding: Equatable, Sendable {
  package let ids: [Int]
  /// The type of each token, as BERT's models take it: in most templates 0 for the first text and
  /// 1 for the second.
  package let typeIDs: [Int]
  /// Where the tokens of each text stand among `ids`, without special ones.
  package let texts: [Range<Int>]
  /// How many tokens each text has without truncation.
  package let textCounts: [Int]
  /// What of the texts became the unknown token (in all of them, before truncation).
  package let unknownText: UnknownText

  /// The number of tokens without truncation, special tokens included.
  package var totalCount: Int {
    ids.count + zip(texts, textCounts).reduce(0) { $0 + $1.1 - $1.0.count }
  }

  package var isTruncated: Bool { ids.count < totalCount }

  /// The same with a token before the first text's, as if it were a special one.
  package func marked(by id: Int) -> Encoding {
    let place = texts.first?.lowerBound ?? 0
    return Encoding(
      ids: Array(ids[..<place]) + [id] + ids[place...],
      typeIDs: Array(typeIDs[..<place]) + [0] + typeIDs[place...],
      texts: texts.map { $0.lowerBound + 1..<$0.upperBound + 1 }, textCounts: textCounts,
      unknownText: unknownText)
  }

  /// The same with tokens behind the text's own, before the special ones at its end.
  package func followed(by more: [Int]) -> Encoding {
    let place = texts.last?.upperBound ?? ids.count
    return Encoding(
      ids: Array(ids[..<place]) + more + ids[place...],
      typeIDs: Array(typeIDs[..<place]) + more.map { _ in 0 } + typeIDs[place...], texts: texts,
      textCounts: textCounts, unknownText: unknownText)
  }

  /// The same between other tokens, as if these were special ones.
  package func surrounded(by start: [Int], _ end: [Int]) -> Encoding {
    Encoding(
      ids: start + ids + end,
      typeIDs: start.map { _ in 0 } + typeIDs + end.map { _ in 0 },
      texts: texts.map { $0.lowerBound + start.count..<$0.upperBound + start.count },
      textCounts: textCounts, unknownText: unknownText)
  }

  /// The same with these tokens in place of its last ones, however long it is without truncation.
  package func ending(in end: [Int]) -> Encoding {
    Encoding(
      ids: Array(ids.dropLast(end.count)) + end.suffix(ids.count), typeIDs: typeIDs,
      texts: texts, textCounts: textCounts, unknownText: unknownText)
  }
}
