import Layers
import Models
import Tensors

extension Embedder {
  /// Explains the cosine of two items' vectors.
  ///
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func explain(
    _ first: Item, _ second: Item, options: Explanation.Options = .init()
  ) throws -> Explanation {
    let sides = try [first, second].map { try ExplainedItem($0, by: self) }
    let (a, b) = (sides[0].unit, sides[1].unit)
    let count = max(1, min(options.dimensionGroups, a.count))
    return Explanation(
      cosine: a.dot(b),
      dimensionGroups: (0..<count).map { group in
        let range = group * a.count / count..<(group + 1) * a.count / count
        return .init(dimensions: range, value: range.reduce(0) { $0 + a[$1] * b[$1] })
      },
      first: try sides[0].side(facing: b, options),
      second: try sides[1].side(facing: a, options))
  }
}

/// One of two items while it is explained.
private struct ExplainedItem {
  /// Its vector, scaled to length 1.
  let unit: [Double]
  private let item: Item
  private let input: ModelInput
  private let plan: SequencePlan
  private let embedder: Embedder

  init(_ item: Item, by embedder: Embedder) throws {
    self.item = item
    self.embedder = embedder
    let prepared = try embedder.preparation.prepare(item).get()
    input = prepared.input
    plan = embedder.preparation.plan(for: item, input)
    let output = try embedder.model([input], .dense, trace: nil)
    unit = try prepared.embedding(output[0]).vector.unit
  }

  func side(facing other: [Double], _ options: Explanation.Options) throws -> Explanation.Side {
    let dissection = try embedder.model.dissect(
      input, along: other,
      sources: RowSources(plan.rows.map(\.content.source.rawValue), count: Source.allCases.count))
    return Explanation.Side(
      plan: plan,
      contributions: .init(dissection.contributions, cosine: unit.dot(other)),
      attention: dissection.attention.map { masses in
        var sums = [Double](repeating: 0, count: Source.allCases.count)
        for (row, mass) in zip(plan.rows, masses) { sums[row.content.source.rawValue] += mass }
        return .init(sums)
      },
      omissions: try omissions(facing: other, options), fusion: try fusion(facing: other))
  }

  private func omissions(
    facing other: [Double], _ options: Explanation.Options
  ) throws -> [Explanation.Omission] {
    let pooled = embedder.model.pooledRows(of: input)
    let groups = (plan.wordGroups(options.wordGroups) + plan.patchGroups(options.patchBlocks))
      // Something has to be left, and the one token that becomes the vector.
      .filter { group in
        group.rows.count < plan.rows.count && (pooled.count > 1 || !group.rows.contains(pooled[0]))
      }
    let cosine = unit.dot(other)
    let vectors = try embedder.model.vectors(
      of: input, leavingOut: groups.map(\.rows), batchRows: embedder.options.batchTokens)
    return zip(groups, vectors).map { group, vector in
      let without = vector.elements.unit
      return Explanation.Omission(
        part: group.part, vectorChange: 1 - without.dot(unit),
        similarityChange: without.dot(other) - cosine)
    }
  }

  private func fusion(facing other: [Double]) throws -> Explanation.FusionEffect? {
    guard item.text != nil, item.image != nil else { return nil }
    let image = try embedder.encode(Item(image: item.image)).vector.unit
    let text = try embedder.encode(Item(text: item.text)).vector.unit
    return .init(
      cosineWithImage: unit.dot(image), cosineWithText: unit.dot(text),
      imageSimilarity: image.dot(other), textSimilarity: text.dot(other))
  }
}

/// What a row of the sequence comes from.
private enum Source: Int, CaseIterable { case special, image, text }

extension SequencePlan.Content {
  fileprivate var source: Source {
    switch self {
    case .special, .imageClass: .special
    case .patch: .image
    case .token: .text
    }
  }
}

extension Explanation.BySource {
  /// - Parameter values: in the order of the sources.
  fileprivate init(_ values: [Double]) {
    self.init(special: values[0], image: values[1], text: values[2])
  }
}

extension Explanation.Contributions {
  fileprivate init(_ terms: DirectContributions, cosine: Double) {
    let layers = terms.layers.map { layer in
      Layer(
        heads: layer.heads.map { Explanation.BySource($0) }, feedForward: layer.feedForward,
        biases: layer.biases, norms: layer.norms)
    }
    let sum = terms.embeddings + layers.reduce(0) { $0 + $1.sum } + terms.finalNorm
    self.init(
      embeddings: terms.embeddings, layers: layers, finalNorm: terms.finalNorm,
      residual: cosine - sum)
  }
}

extension SequencePlan {
  fileprivate typealias RowGroup = (part: Explanation.Omission.Part, rows: [Int])

  /// The words, evenly shared among so many groups at most.
  fileprivate func wordGroups(_ most: Int) -> [RowGroup] {
    let count = min(max(most, 0), words.count)
    return (0..<count).map { group in
      let part = words[group * words.count / count..<(group + 1) * words.count / count]
      return (.words(part.map(\.text)), part.flatMap { Array($0.rows) })
    }
  }

  /// The picture in so many blocks along either side.
  fileprivate func patchGroups(_ blocks: Int) -> [RowGroup] {
    guard let side = patchesPerSide, blocks > 0 else { return [] }
    let count = min(blocks, side)
    let ranges = (0..<count).map { $0 * side / count..<($0 + 1) * side / count }
    return ranges.flatMap { rows in
      ranges.map { columns in
        let inside = self.rows.indices.filter { index in
          if case .patch(let row, let column) = self.rows[index].content {
            rows.contains(row) && columns.contains(column)
          } else {
            false
          }
        }
        return (.patches(rows: rows, columns: columns), inside)
      }
    }
  }
}

extension [Float] {
  /// Scaled to length 1, in double.
  fileprivate var unit: [Double] {
    let norm = reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return map { Double($0) / Swift.max(norm, 1e-12) }
  }
}

extension [Double] {
  fileprivate func dot(_ other: [Double]) -> Double {
    zip(self, other).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
