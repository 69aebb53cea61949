import TesseraKernels
import TesseraTensors

extension RowScan {
  /// The best rows by float32 scores: for each query, the best first.
  func plainPass(_ queries: Tensor, _ blocks: [VectorBlock], _ k: Int) -> [[Hit]] {
    let pieces = pieces(blocks)
    let count = queries.rowCount
    let found = queries.withElements { queries in
      Parallel.map(pieces.count) { i in
        let piece = pieces[i]
        var best = [BestHits](repeating: BestHits(k), count: count)
        scorePiece(piece, blocks[piece.block], queries, count) { part in
          for query in part.queries {
            forEachNotBelow(best[query].limit, part, query: query) { place, score in
              best[query].insert(Hit(row: piece.start + part.row(place), score: score))
            }
          }
        }
        return best
      }
    }
    return Parallel.map(count) { query in
      var best = BestHits(k)
      for piece in found { best.insert(piece[query]) }
      return best.sorted
    }
  }

  /// The scores of one query with all rows; NaN for those that are left out.
  func allScores(_ query: Tensor, _ blocks: [VectorBlock]) -> [Float] {
    let pieces = pieces(blocks)
    let found = query.withElements { query in
      Parallel.map(pieces.count) { i in
        let piece = pieces[i]
        var scores = [Float](repeating: .nan, count: piece.rows.count)
        scorePiece(piece, blocks[piece.block], query, 1) { part in
          for i in 0..<part.count {
            scores[part.row(Int32(i)) - piece.rows.lowerBound] = part.out[i]
          }
        }
        return scores
      }
    }
    return Array(found.joined())
  }

  private func scorePiece(
    _ piece: Piece, _ block: VectorBlock, _ queries: UnsafeBufferPointer<Float>, _ count: Int,
    _ visit: (Part) -> Void
  ) {
    block.vectors.withNumbers { vectors in
      guard let vectors = vectors.baseAddress, let queries = queries.baseAddress else { return }
      let (dimension, rowBytes) = (block.dimension, 4 * block.dimension)
      forEachPart(of: piece, queries: count, rowBytes: rowBytes) { part in
        kernels.scoreRows(
          RowScores(
            rows: vectors + part.first * dimension, indices: part.indices, count: part.count,
            dimension: dimension, queries: queries + part.queries.lowerBound * dimension,
            queryStride: rowBytes, queryCount: part.queries.count, out: part.out,
            outStride: part.outStride))
      } visit: {
        visit($0)
      }
    }
  }
}
