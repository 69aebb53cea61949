import Foundation
import TesseraEmbedders

/// How much of the attention a page keeps.
package struct AttentionPacking: Equatable {
  /// Groups of patches along a side of the picture in matrices, at most.
  package let groups: Int
  /// Whether each head is kept, or only their mean.
  package let hasHeads: Bool

  /// A number takes a byte, and 4/3 of it as base64; pictures and statistics need room too.
  private static let maximumBytes = 3_200_000

  /// The finest packing whose bytes fit.
  ///
  /// - Throws: `ReportError.tooLarge`.
  package init(fitting stacks: [[Attention]]) throws {
    let side = stacks.joined().map(\.sequence.patchesPerSide).max() ?? 0
    // Squares of equal size come first, if there are fine ones.
    let even = [8, 7, 6].filter { side % $0 == 0 }
    for hasHeads in [true, false] {
      for groups in [side] + even + [8, 7, 6, 5, 4] where groups <= side {
        self.init(groups: groups, hasHeads: hasHeads)
        let bytes = stacks.joined().reduce(0) { $0 + byteCount(of: $1) }
        if bytes <= Self.maximumBytes { return }
      }
    }
    throw ReportError.tooLarge(tokens: stacks.joined().map(\.sequence.tokens.count).max() ?? 0)
  }

  package init(groups: Int, hasHeads: Bool) {
    self.groups = groups
    self.hasHeads = hasHeads
  }

  func groups(of sequence: TokenSequence) -> Int { min(groups, sequence.patchesPerSide) }

  private func byteCount(of layer: Attention) -> Int {
    let patches = layer.sequence.patchIndices.count
    let outside = layer.sequence.tokens.count - patches
    let groups = groups(of: layer.sequence)
    let cells = outside + groups * groups
    let rows = groups < layer.sequence.patchesPerSide ? outside * patches : 0
    return (hasHeads ? 1 + layer.headCount : 1) * (cells * cells + rows)
  }
}

/// Attention of all layers in bytes.
///
/// A byte is the square root of a weight's share of the matrix' largest, in 255 steps: small
/// weights keep their differences. Layers, heads (the mean first), rows, columns.
package struct PackedAttention {
  /// Names of the layers' stages.
  let stages: [String]
  package let heads: [String]
  /// Groups of patches along a side; the picture's own number where none are joined.
  let groups: Int
  /// Patches in groups: what is looked at is summed, what looks is averaged, so rows sum to 1.
  package let matrix: Data
  /// The largest weight, for each layer and head.
  package let tops: [Float]
  /// For every token that is no patch its weights on all patches, if the matrix has only groups.
  package let rows: Data
  let rowTops: [Float]

  package init(_ layers: [Attention], _ packing: AttentionPacking) throws {
    var (matrix, tops, rows, rowTops) = (Data(), [Float](), Data(), [Float]())
    let groups = layers.first.map { packing.groups(of: $0.sequence) } ?? 0
    for layer in layers {
      let heads: [Attention.Heads] =
        [.mean] + (packing.hasHeads ? (0..<layer.headCount).map { .one($0) } : [])
      for head in heads {
        let map = try layer.map(of: head)
        tops.append(Self.append(map.grouped(groups), to: &matrix))
        if groups < map.sequence.patchesPerSide {
          let patches = map.sequence.patchIndices
          let outside = map.queries.filter { !patches.contains($0) }
          rowTops.append(Self.append(outside.flatMap { map.row($0)[patches] }, to: &rows))
        }
      }
    }
    stages = layers.map(\.stage)
    let headCount = layers.first?.headCount ?? 0
    heads =
      ["mean of \(headCount)"] + (packing.hasHeads ? (0..<headCount).map { "head \($0)" } : [])
    self.groups = groups
    self.matrix = matrix
    self.tops = tops
    self.rows = rows
    self.rowTops = rowTops
  }

  /// - Returns: the largest weight.
  private static func append(_ weights: [Float], to data: inout Data) -> Float {
    let top = weights.filter(\.isFinite).max() ?? 0
    data.append(
      contentsOf: weights.map { weight in
        let share = top > 0 && weight > 0 ? min(weight / top, 1) : 0
        return UInt8((share.squareRoot() * 255).rounded())
      })
    return top
  }
}

extension AttentionMap {
  /// All weights, with the patches in `groups` × `groups` squares of neighbours.
  ///
  /// - Precondition: the map has a row for every token.
  package func grouped(_ groups: Int) -> [Float] {
    let side = sequence.patchesPerSide
    guard groups < side else { return weights }
    let patches = sequence.patchIndices
    // The cell of each token: those behind the picture move up.
    let cells = sequence.tokens.indices.map { token in
      guard token >= patches.lowerBound else { return token }
      guard token < patches.upperBound else { return token - patches.count + groups * groups }
      let (row, column) = (token - patches.lowerBound).quotientAndRemainder(dividingBy: side)
      return patches.lowerBound + row * groups / side * groups + column * groups / side
    }
    let size = sequence.tokens.count - patches.count + groups * groups
    let members = cells.reduce(into: [Float](repeating: 0, count: size)) { $0[$1] += 1 }
    var sums = [Float](repeating: 0, count: size * size)
    for (query, cell) in cells.enumerated() {
      for (key, weight) in row(query).enumerated() {
        sums[cell * size + cells[key]] += weight / members[cell]
      }
    }
    return sums
  }
}
