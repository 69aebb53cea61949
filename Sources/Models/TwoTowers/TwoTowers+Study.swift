import TesseraLayers
import TesseraTensors

/// What each part of either tower does. Of an item with both, the layers of the tower for texts come
/// first, then those of the one for pictures.
extension TwoTowers: StudiedModel where Text: StudiedFeatureTower, Picture: StudiedFeatureTower {
  func pooledRows(of input: ModelInput) -> [Int] {
    parts(of: input).flatMap { part in
      part.tower.pooledRows(of: part.input).map { part.firstRow + $0 }
    }
  }

  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let parts = parts(of: input)
    var vectors = [Tensor?](repeating: nil, count: groups.count)
    for (index, part) in parts.enumerated() {
      let own = groups.indices.filter { groups[$0].allSatisfy(part.hasRow) }
      if own.isEmpty { continue }
      let changed = try part.tower.features(
        of: part.input, leavingOut: own.map { groups[$0].map { $0 - part.firstRow } },
        batchRows: batchRows, progress: progress)
      let others = try parts.enumerated().filter { $0.offset != index }.map {
        try $0.element.features()
      }
      for (group, vector) in zip(own, changed) { vectors[group] = others.reduce(vector, +) }
    }
    return vectors.compactMap { $0.map(finished) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let parts = parts(of: input)
    guard parts.count > 1 else {
      return try parts[0].tower.dissect(parts[0].input, along: direction, sources: sources)
    }
    let features = try parts.map { try $0.features() }
    let length = max(features.dropFirst().reduce(features[0], +).norm, 1e-12)
    var sum = Dissection(contributions: .init(), attention: [])
    for (part, own) in zip(parts, features) {
      let rows = sources.ofRows.indices.filter(part.hasRow).map { sources.ofRows[$0] }
      // A tower takes its own vector apart as if that had length 1, and not the sum.
      let dissection = try part.tower.dissect(
        part.input, along: direction.map { $0 * own.norm / length },
        sources: RowSources(rows, count: sources.count))
      sum.contributions.add(dissection.contributions)
      sum.attention += dissection.attention.map {
        Array(repeating: 0, count: part.firstRow) + $0
      }
      sum.cells = sum.cells ?? dissection.cells
    }
    return sum
  }

  private func parts(of input: ModelInput) -> [InputPart] {
    let words = InputPart(tower: text, input: input.with(nil), rows: 0..<input.ids.count)
    guard input.picture != nil else { return [words] }
    let patches = InputPart(
      tower: picture, input: ModelInput(ids: [], picture: input.picture),
      rows: input.ids.count..<Int.max)
    return input.ids.isEmpty ? [patches] : [words, patches]
  }
}

/// What of an input one of the towers reads.
private struct InputPart {
  let tower: any StudiedFeatureTower
  let input: ModelInput
  /// Of the whole sequence; the last part's have no end.
  let rows: Range<Int>

  var firstRow: Int { rows.lowerBound }
  func hasRow(_ row: Int) -> Bool { rows.contains(row) }

  /// [D]
  func features() throws -> Tensor { try tower.features(of: [input], trace: nil).row(0) }
}
