import TesseraKernels

/// Keys and values of some sequences that queries from elsewhere read, laid out once for any number
/// of readings.
package struct KeysAndValues: Sendable {
  package let shape: AttentionShape
  /// Where each sequence lies among the keys.
  package let sequences: PackedSequences
  private let layout: Layout

  private enum Layout: Sendable {
    /// Panels of each sequence's heads, which begin at so many words.
    case packed(TensorStorage, [HeadPanels], starts: [Int])
    /// [Tk, 2·H·D]
    case plain(Tensor, ProductCode)
  }

  /// - Parameter keysAndValues: keys and values side by side, [Tk, 2·H·D].
  /// - Precondition: the shape is one in which every query sees all keys, without a bias.
  package init(
    _ keysAndValues: Tensor, _ shape: AttentionShape, in sequences: PackedSequences,
    by code: ProductCode = .current
  ) {
    precondition(
      shape.sight == .all && shape.bias == nil && shape.keyHeads == shape.heads
        && keysAndValues.shape == [sequences.tokenCount, 2 * shape.channels],
      "keys and values \(keysAndValues.shape) with \(shape.heads) heads of \(shape.headWidth)")
    self.shape = shape
    self.sequences = sequences
    layout =
      shape.packedFormat(for: code).map { Self.packed(keysAndValues, shape, sequences, $0) }
      ?? .plain(keysAndValues, code)
  }

  private static func packed(
    _ keysAndValues: Tensor, _ shape: AttentionShape, _ sequences: PackedSequences,
    _ format: WeightFormat
  ) -> Layout {
    let panels = sequences.ranges.map {
      HeadPanels(shape, format, count: $0.count, for: KernelTable.active)
    }
    var (starts, count): ([Int], Int) = ([], 0)
    for panels in panels {
      starts.append(count)
      count += panels.wordCount * shape.heads
    }
    let storage = TensorStorage(byteCount: max(count, 1) * MemoryLayout<Float>.stride) { bytes in
      keysAndValues.withElements { x in
        guard let x = x.baseAddress, let out = bytes.bindMemory(to: Float.self).baseAddress else {
          return
        }
        let stride = 2 * shape.channels
        Parallel.forEach(sequences.count * shape.heads) { task in
          let (sequence, head) = (task / shape.heads, task % shape.heads)
          let (panels, tokens) = (panels[sequence], sequences.ranges[sequence])
          let keys = x + tokens.lowerBound * stride + head * shape.headWidth
          let out = out + starts[sequence] + head * panels.wordCount
          panels.packKeys(keys, stride: stride, keys: 0..<tokens.count, into: out)
          panels.packValues(
            keys + shape.channels, stride: stride, keys: 0..<tokens.count, into: out)
        }
      }
    }
    return .packed(storage, panels, starts: starts)
  }

  /// Queries of one head that meet one sequence of keys together.
  fileprivate struct Task {
    let sequence: Int
    let head: Int
    /// Rows of queries, and of results.
    let queries: Range<Int>
  }

  /// - Parameter queries: where those of each sequence of keys lie.
  fileprivate func tasks(_ queries: some Collection<Range<Int>>) -> [Task] {
    queries.enumerated().flatMap { sequence, rows in
      (0..<shape.heads).flatMap { head in
        rows.pieces(of: HeadPanels.queryCount).map {
          Task(sequence: sequence, head: head, queries: $0)
        }
      }
    }
  }

  /// - Parameter q: [Tq, H·D], as is `out`.
  fileprivate func attend(
    _ task: Task, _ q: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    switch layout {
    case .packed(let storage, let panels, let starts):
      withExtendedLifetime(storage) {
        guard let packed = storage.bytes.assumingMemoryBound(to: Float.self).baseAddress else {
          return
        }
        let panels = panels[task.sequence]
        let first = task.queries.lowerBound * shape.channels + task.head * shape.headWidth
        Scratch.with(floats: panels.scratchCount(queries: task.queries.count)) {
          panels.attend(
            q + first, stride: shape.channels, head: task.head, queries: 0..<task.queries.count,
            packed + starts[task.sequence] + task.head * panels.wordCount, scratch: $0,
            into: out + first)
        }
      }
    case .plain(let keysAndValues, let code):
      keysAndValues.withElements { x in
        if let x = x.baseAddress { attend(task, q, x, into: out, by: code) }
      }
    }
  }

  private func attend(
    _ task: Task, _ q: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, by code: ProductCode
  ) {
    let keys = sequences.ranges[task.sequence]
    let stride = 2 * shape.channels
    let first = task.queries.lowerBound * shape.channels + task.head * shape.headWidth
    let k = x + keys.lowerBound * stride + task.head * shape.headWidth
    Scratch.with(floats: task.queries.count * keys.count) { scores in
      shape.score(
        MatrixView(start: q + first, stride: shape.channels), queries: task.queries.count,
        MatrixView(start: k, stride: stride), keys: keys.count, into: scores, by: code)
      multiply(
        by: code, rows: task.queries.count, columns: shape.headWidth, depth: keys.count,
        MatrixView(start: scores, stride: keys.count),
        MatrixView(start: k + shape.channels, stride: stride), isTransposed: false,
        into: out + first, stride: shape.channels)
    }
  }
}

extension AttentionShape {
  /// softmax(q·kᵀ·scale) of one head, every query seeing every key: → [queries, keys].
  fileprivate func score(
    _ q: MatrixView, queries: Int, _ k: MatrixView, keys: Int,
    into scores: UnsafeMutablePointer<Float>, by code: ProductCode
  ) {
    let table = KernelTable.active
    multiply(
      by: code, rows: queries, columns: keys, depth: headWidth, scale: scale, q, k,
      isTransposed: true, into: scores, stride: keys)
    for row in 0..<queries {
      let line = scores + row * keys
      let sum = table.exponentiate(line, keys, table.maximum(line, keys), 1)
      for i in 0..<keys { line[i] /= sum }
    }
  }
}

extension Tensor {
  /// softmax(q·kᵀ·scale)·v in each head, the queries of each sequence over its keys, all of which
  /// each sees: [Tq, H·D] → [Tq, H·D].
  ///
  /// A row's bits depend on its own query and keys alone.
  ///
  /// - Parameters:
  ///   - memories: of one shape.
  ///   - queries: as many sequences as the keys have, all memories together.
  package func attention(over memories: [KeysAndValues], in queries: PackedSequences) -> Tensor {
    let channels = memories.first?.shape.channels ?? 0
    precondition(
      shape == [queries.tokenCount, channels], "queries \(shape) for \(channels) channels")
    var tasks: [(memory: Int, task: KeysAndValues.Task)] = []
    var first = 0
    for (index, memory) in memories.enumerated() {
      let own = first..<first + memory.sequences.count
      precondition(own.upperBound <= queries.count, "\(queries.count) sequences of queries")
      tasks += memory.tasks(queries.ranges[own]).map { (index, $0) }
      first = own.upperBound
    }
    precondition(first == queries.count, "\(queries.count) sequences of queries for \(first)")
    return Tensor(shape: shape) { out in
      withElements { q in
        guard let q = q.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEach(tasks.count) {
          memories[tasks[$0].memory].attend(tasks[$0].task, q, into: out)
        }
      }
    }
  }

  /// The attention weights of one sequence, for study: of queries [Tq, H·D] → [H, Tq, Tk].
  ///
  /// - Parameter keysAndValues: of this sequence, [Tk, 2·H·D].
  package func crossAttentionProbabilities(_ shape: AttentionShape, over keysAndValues: Tensor)
    -> Tensor
  {
    let (queries, keys) = (rowCount, keysAndValues.rowCount)
    precondition(
      self.shape == [queries, shape.channels]
        && keysAndValues.shape == [keys, 2 * shape.channels],
      "queries \(self.shape) over \(keysAndValues.shape)")
    return Tensor(shape: [shape.heads, queries, keys]) { out in
      withElements { q in
        keysAndValues.withElements { k in
          guard let q = q.baseAddress, let k = k.baseAddress, let out = out.baseAddress else {
            return
          }
          Parallel.forEach(shape.heads) { head in
            let column = head * shape.headWidth
            shape.score(
              MatrixView(start: q + column, stride: shape.channels), queries: queries,
              MatrixView(start: k + column, stride: 2 * shape.channels), keys: keys,
              into: out + head * queries * keys, by: .plain)
          }
        }
      }
    }
  }

  /// Attention over other tokens by weights that are given, where they are not those that were
  /// computed. A query whose weights are the same bits keeps what `context` has.
  ///
  /// - Parameters:
  ///   - given: [H, Tq, Tk]; rows need not sum to 1.
  ///   - computed: the weights that belong to `context`, [H, Tq, Tk].
  ///   - context: of this sequence, [Tq, H·D].
  ///   - keysAndValues: of this sequence, [Tk, 2·H·D].
  package static func crossAttention(
    _ shape: AttentionShape, by given: Tensor, insteadOf computed: Tensor, changing context: Tensor,
    over keysAndValues: Tensor
  ) -> Tensor {
    let (queries, keys) = (context.rowCount, keysAndValues.rowCount)
    precondition(
      given.shape == [shape.heads, queries, keys] && given.shape == computed.shape,
      "attention weights \(given.shape) and \(computed.shape) for \(queries) × \(keys)")
    var out = context.elements
    let (given, computed) = (given.elements, computed.elements)
    keysAndValues.withElements { x in
      for head in 0..<shape.heads {
        for query in 0..<queries {
          let start = (head * queries + query) * keys
          let line = start..<start + keys
          guard line.contains(where: { given[$0].bitPattern != computed[$0].bitPattern }) else {
            continue
          }
          let column = head * shape.headWidth
          for channel in column..<column + shape.headWidth {
            out[query * shape.channels + channel] = (0..<keys).reduce(0) { sum, key in
              sum + given[start + key] * x[(2 * key + 1) * shape.channels + channel]
            }
          }
        }
      }
    }
    return Tensor(out, shape: context.shape)
  }
}
