import TesseraEmbedders
import TesseraJSON

extension ClassifyCommand {
  /// Texts and pairs of texts, by a model that has labels of its own.
  func classifyTexts() throws {
    let classifier = try model.loadReranker(pairs)
    if classifier.isRegression {
      StandardError.note("this model was trained to give numbers: they are no probabilities")
    } else if classifier.judgesLabelsApart {
      StandardError.note(
        "this model judges each label by itself: the probabilities of a text do not sum to one")
    }
    let source = try file.source() ?? ItemSource(lines: argumentLines)
    let output = try OutputFile(path: nil)
    var outcome = Outcome()
    let progress = Progress("classified", of: source)
    try source.forEachBatch { batch in
      let pairs = batch.map(\.pair)
      var scores = try classifier.scores(of: pairs.compactMap { try? $0.get() }).makeIterator()
      for (line, pair) in zip(batch, pairs) {
        let result = pair.flatMap { _ in
          (scores.next() ?? .failure(.emptyItem)).mapError(ItemFailure.encoding)
        }
        switch result {
        case .success(let score): outcome.note(score, of: line.row.place)
        case .failure(let failure): outcome.noteFailure(line.row.message(failure))
        }
        try output.write(
          format.text(
            line.row, classifier.labels, result.map(\.labelScores),
            areShares: !classifier.isRegression))
      }
      try output.flush()
      progress.advance(by: batch.count)
    }
    progress.end()
    try output.finish()
    try outcome.end()
  }

  private var argumentLines: [ItemLine] {
    text.enumerated().map { index, text in
      ItemLine(
        index: index, text: text,
        fields: textPair.isEmpty ? [] : [.init(key: ItemLine.pairKey, string: textPair[index])])
    }
  }
}

extension ItemLine {
  /// The field that holds a second text.
  fileprivate static let pairKey = "text_pair"

  /// The text, or pair of texts, that the line is.
  fileprivate var pair: Result<TextPair, ItemFailure> {
    item.flatMap { item in
      guard item.image == nil, let text = item.text else {
        return .failure(.encoding(.imagesNotSupported))
      }
      guard let field = row.fields.first(where: { $0.key == Self.pairKey }) else {
        return .success(TextPair(text))
      }
      guard let second = try? JSONReader.read(field.json, { try $0.readString() }) else {
        return .failure(.invalidLine("\(Self.pairKey): expected a string"))
      }
      return .success(TextPair(text, second))
    }
  }
}
