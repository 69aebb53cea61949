import TesseraEmbedders
import TesseraLayers
import TesseraModels
import TesseraTensors

extension Embedder {
  /// Whether vectors of this kind of model can be taken apart.
  public var explainsVectors: Bool { model is any StudiedModel }

  /// Explains the cosine of two items' vectors.
  ///
  /// - Parameter progress: told how far the work is, before it begins and whenever some of it is
  ///   done; may throw to stop.
  /// - Throws: `EmbedderError`, what `progress` throws; `CancellationError` if the surrounding task
  ///   was cancelled.
  public func explain(
    _ first: Item, _ second: Item, options: Explanation.Options = .init(),
    progress: (Explanation.Progress) throws -> Void = { _ in }
  ) throws -> Explanation {
    let items = try [first, second].map { try ExplainedItem($0, by: self, options) }
    let total = items.reduce(0) { $0 + $1.runCount }
    var completed = 0
    func advance(_ runs: Int) throws {
      completed += runs
      try progress(.init(completed: completed, total: total))
    }
    try advance(0)
    let units = try items.map { item in
      let unit = try item.unit()
      try advance(1)
      return unit
    }
    let (a, b) = (units[0], units[1])
    let count = max(1, min(options.dimensionGroups, a.count))
    return Explanation(
      cosine: a.dot(b),
      dimensionGroups: (0..<count).map { group in
        let range = group * a.count / count..<(group + 1) * a.count / count
        return .init(dimensions: range, value: range.reduce(0) { $0 + a[$1] * b[$1] })
      },
      first: try items[0].side(a, facing: b, advance),
      second: try items[1].side(b, facing: a, advance))
  }
}

/// One of two items while it is explained.
private struct ExplainedItem {
  private let item: Item
  private let prepared: PreparedItem
  private let plan: SequencePlan
  /// What is left out in turn.
  private let groups: [SequencePlan.RowGroup]
  private let embedder: Embedder
  private let model: any StudiedModel

  init(_ item: Item, by embedder: Embedder, _ options: Explanation.Options) throws {
    self.item = item
    guard let model = embedder.model as? any StudiedModel, embedder.cut == nil
    else {
      throw EmbedderError.notExplained
    }
    self.embedder = embedder
    self.model = model
    prepared = try embedder.reader.input(of: item)
    guard model.canDissect(prepared.input) else { throw EmbedderError.notExplained }
    let plan = try embedder.reader.plan(for: item, prepared.input)
    let pooled = model.pooledRows(of: prepared.input)
    groups = (plan.wordGroups(options.wordGroups) + plan.patchGroups(options.patchBlocks))
      // Something has to be left, and the one token that becomes the vector.
      .filter { group in
        plan.leavesRows(group) && (pooled.count != 1 || !group.rows.contains(pooled[0]))
      }
    self.plan = plan
  }

  private var isPair: Bool { item.text != nil && item.image != nil }

  /// Sequences to compute: for the vector, for taking it apart, without each group, and for each
  /// half of a pair.
  var runCount: Int { 2 + groups.count + (isPair ? 2 : 0) }

  /// Its vector, scaled to length 1.
  func unit() throws -> [Double] {
    let output = try model([prepared.input], .dense, trace: nil)
    return try prepared.embedding(output[0]).get().vector.unit
  }

  /// - Parameter advance: told how many more sequences are computed.
  func side(
    _ unit: [Double], facing other: [Double], _ advance: (Int) throws -> Void
  ) throws -> Explanation.Side {
    let dissection = try model.dissect(
      prepared.input, along: other,
      sources: RowSources(plan.rows.map(\.content.source.rawValue), count: Source.allCases.count))
    try advance(1)
    return Explanation.Side(
      plan: plan,
      contributions: .init(dissection.contributions, cosine: unit.dot(other)),
      attention: dissection.attention.map { masses in
        var sums = [Double](repeating: 0, count: Source.allCases.count)
        for (row, mass) in zip(plan.rows, masses) { sums[row.content.source.rawValue] += mass }
        return .init(sums)
      },
      cells: dissection.cells.map { .init(values: $0.values, columns: $0.columns) },
      omissions: try omissions(from: unit, facing: other, advance),
      fusion: try fusion(unit, facing: other, advance))
  }

  private func omissions(
    from unit: [Double], facing other: [Double], _ advance: (Int) throws -> Void
  ) throws -> [Explanation.Omission] {
    let cosine = unit.dot(other)
    let vectors = try model.vectors(
      of: prepared.input, leavingOut: groups.map(\.rows),
      batchRows: embedder.options.batchTokens, progress: advance)
    return zip(groups, vectors).map { group, vector in
      let without = vector.elements.unit
      return Explanation.Omission(
        part: group.part, vectorChange: 1 - without.dot(unit),
        similarityChange: without.dot(other) - cosine)
    }
  }

  private func fusion(
    _ unit: [Double], facing other: [Double], _ advance: (Int) throws -> Void
  ) throws -> Explanation.FusionEffect? {
    guard isPair else { return nil }
    let image = try embedder.encode(Item(image: item.image)).vector.unit
    try advance(1)
    let text = try embedder.encode(Item(text: item.text)).vector.unit
    try advance(1)
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

  /// Whether a stack has rows without these.
  fileprivate func leavesRows(_ group: RowGroup) -> Bool {
    let isOfPatches = if case .patches = group.part { true } else { false }
    // A tower for pictures that has no other rows.
    let isAllOfTower =
      isOfPatches && hasPictureTower && !hasTowerClassToken
      && group.rows.count == patchesPerSide.map { $0 * $0 }
    return group.rows.count < rows.count && !isAllOfTower
  }

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
