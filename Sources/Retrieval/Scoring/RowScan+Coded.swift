import TesseraKernels
import TesseraTensors

extension RowScan {
  /// The best rows by float32 scores, of which few are computed: scores of codes say which rows
  /// cannot be among the best.
  func codedPass(_ queries: Tensor, _ blocks: [VectorBlock], _ k: Int) -> ExactSearch.Answer {
    let pieces = pieces(blocks)
    let coded = QueryCodes(queries)
    let found = coded.codes.withUnsafeBufferPointer { codes in
      coded.factors.withUnsafeBufferPointer { factors in
        Parallel.map(pieces.count) { i in
          candidates(
            pieces[i], blocks[pieces[i].block], codes, coded.stride, factors, k)
        }
      }
    }
    let answers = Parallel.map(queries.rowCount) { query in
      rescore(
        Candidates(merging: found.map { $0[query] }, k), queries.row(query), blocks)
    }
    return ExactSearch.Answer(
      hits: answers.map(\.hits), rescored: answers.reduce(0) { $0 + $1.rescored })
  }

  /// For each query, the rows of a piece that may be among the best.
  private func candidates(
    _ piece: Piece, _ block: VectorBlock, _ queries: UnsafeBufferPointer<Int8>,
    _ queryStride: Int, _ factors: UnsafeBufferPointer<CodeScores.Factors>, _ k: Int
  ) -> [Candidates] {
    var found = [Candidates](repeating: Candidates(k), count: factors.count)
    block.codes?.withPointers { rows in
      guard let queries = queries.baseAddress, let factors = factors.baseAddress else { return }
      let dimension = block.dimension
      forEachPart(of: piece, queries: found.count, rowBytes: dimension) { part in
        let first = part.queries.lowerBound
        kernels.scoreCodes(
          CodeScores(
            product: RowScores(
              rows: rows.codes + part.first * dimension, indices: part.indices, count: part.count,
              dimension: dimension, queries: queries + first * queryStride,
              queryStride: queryStride, queryCount: part.queries.count, out: part.out,
              outStride: part.outStride),
            scales: rows.scales + part.first, errors: rows.errors + part.first,
            norms: rows.norms + part.first, factors: factors + first))
      } visit: { part in
        for query in part.queries {
          forEachNotBelow(found[query].limit, part, query: query) { place, upper in
            let row = part.row(place)
            let bound =
              factors[query].error * rows.errors[row] + factors[query].norm * rows.norms[row]
            found[query].insert(
              Candidate(
                block: Int32(piece.block), row: Int32(row), upper: upper,
                lower: upper - 2 * bound))
          }
        }
      }
    }
    return found
  }

  /// Scores candidates in float32, the most promising first, until no other can be among the best.
  private func rescore(
    _ candidates: Candidates, _ query: Tensor, _ blocks: [VectorBlock]
  ) -> (hits: [Hit], rescored: Int) {
    let starts = blocks.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    let ordered = candidates.mostPromisingFirst
    var best = BestHits(candidates.k)
    var done = 0
    while done < ordered.count, !(ordered[done].upper < best.limit) {
      // Some at once, since each waits for memory; in order of rows, so that a block's are together.
      let some = ordered[done..<min(done + Self.rescoredAtOnce, ordered.count)]
        .sorted { ($0.block, $0.row) < ($1.block, $1.row) }
      var rest = some[...]
      while let block = rest.first?.block {
        let rows = rest.prefix { $0.block == block }.map(\.row)
        rest = rest.dropFirst(rows.count)
        for (row, score) in zip(rows, scores(query, blocks[Int(block)], rows)) {
          best.insert(Hit(row: starts[Int(block)] + Int(row), score: score))
        }
      }
      done += some.count
    }
    return (best.sorted, done)
  }

  private static let rescoredAtOnce = 16

  private func scores(_ query: Tensor, _ block: VectorBlock, _ rows: [Int32]) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows.count) { out, count in
      block.vectors.withNumbers { vectors in
        query.withElements { query in
          guard let vectors = vectors.baseAddress, let query = query.baseAddress,
            let out = out.baseAddress
          else { return }
          kernels.scoreRows(
            RowScores(
              rows: vectors, indices: rows, count: rows.count, dimension: block.dimension,
              queries: query, queryStride: 0, queryCount: 1, out: out, outStride: 0))
        }
      }
      count = rows.count
    }
  }
}
