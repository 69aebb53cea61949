import TesseraTensors

// A plain stand-in for the search by kernels, of the same shape.

/// Numbers of one type behind one another, in memory or in a mapped file.
package struct StoredNumbers<Number: BitwiseCopyable & Sendable>: Sendable {
  private let storage: TensorStorage
  private let byteOffset: Int
  package let count: Int

  package init(_ storage: TensorStorage, byteOffset: Int = 0, count: Int) {
    precondition(byteOffset + count * MemoryLayout<Number>.stride <= storage.bytes.count)
    self.storage = storage
    self.byteOffset = byteOffset
    self.count = count
  }

  package init(
    count: Int, initialize: (UnsafeMutableBufferPointer<Number>) throws -> Void
  ) rethrows {
    let storage = try TensorStorage(byteCount: count * MemoryLayout<Number>.stride) {
      try initialize($0.bindMemory(to: Number.self))
    }
    self.init(storage, count: count)
  }

  package func withNumbers<Result>(
    _ body: (UnsafeBufferPointer<Number>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) {
      let bytes = UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset...])
      return try body(
        UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: Number.self)[..<count]))
    }
  }
}

/// Rows rounded to signed bytes, v ≈ scale·codes, and how far they are off.
package struct RowCodes: Sendable {
  package let dimension: Int
  package let codes: StoredNumbers<Int8>
  package let scales: StoredNumbers<Float>
  package let errors: StoredNumbers<Float>
  package let norms: StoredNumbers<Float>

  package var count: Int { scales.count }

  package init(
    codes: StoredNumbers<Int8>, scales: StoredNumbers<Float>, errors: StoredNumbers<Float>,
    norms: StoredNumbers<Float>, dimension: Int
  ) {
    self.codes = codes
    self.scales = scales
    self.errors = errors
    self.norms = norms
    self.dimension = dimension
  }

  package init(of block: VectorBlock) {
    var (scales, errors, norms) = ([Float](), [Float](), [Float]())
    let codes = StoredNumbers<Int8>(count: block.count * block.dimension) { out in
      block.vectors.withNumbers { vectors in
        for row in 0..<block.count {
          let range = row * block.dimension..<(row + 1) * block.dimension
          let scale = (vectors[range].lazy.map { abs($0) }.max() ?? 0) / 127
          var (error, norm) = (0.0, 0.0)
          for i in range {
            let code = scale > 0 ? (vectors[i] / scale).rounded() : 0
            out[i] = Int8(max(-127, min(127, code)))
            let rounded = Double(scale) * Double(code)
            error += (Double(vectors[i]) - rounded) * (Double(vectors[i]) - rounded)
            norm += rounded * rounded
          }
          scales.append(scale)
          errors.append(Float(error.squareRoot() * (1 + 1e-9)).nextUp)
          norms.append(Float(norm.squareRoot() * (1 + 1e-9)).nextUp)
        }
      }
    }
    func stored(_ numbers: [Float]) -> StoredNumbers<Float> {
      StoredNumbers(count: numbers.count) { _ = $0.initialize(fromContentsOf: numbers) }
    }
    self.init(
      codes: codes, scales: stored(scales), errors: stored(errors), norms: stored(norms),
      dimension: block.dimension)
  }
}

/// Vectors to be searched, [count, dimension] row-major.
package struct VectorBlock: Sendable {
  package let count: Int
  package let dimension: Int
  package let vectors: StoredNumbers<Float>
  package let codes: RowCodes?

  package init(_ vectors: StoredNumbers<Float>, dimension: Int, codes: RowCodes? = nil) {
    precondition(dimension > 0 && vectors.count.isMultiple(of: dimension))
    count = vectors.count / dimension
    self.dimension = dimension
    self.vectors = vectors
    self.codes = codes
  }

  package init(_ matrix: Tensor) {
    self.init(
      StoredNumbers(count: matrix.elementCount) { out in
        matrix.withElements { _ = out.initialize(fromContentsOf: $0) }
      }, dimension: matrix.shape[1])
  }
}

/// A row that answers a query.
package struct Hit: Equatable, Sendable {
  package let row: Int
  package let score: Float

  package init(row: Int, score: Float) {
    self.row = row
    self.score = score
  }

  package static func precedes(_ a: Hit, _ b: Hit) -> Bool {
    a.score > b.score || a.score == b.score && a.row < b.row
  }
}

/// A set of rows, a bit each.
package struct RowSet: Equatable, Sendable {
  package private(set) var words: [UInt64]

  package init() { words = [] }
  package init(words: [UInt64]) { self.words = words }
  package init(_ rows: some Sequence<Int>) {
    self.init()
    for row in rows { insert(row) }
  }

  package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  package func contains(_ row: Int) -> Bool {
    row / 64 < words.count && words[row / 64] >> UInt64(row % 64) & 1 == 1
  }

  package mutating func insert(_ row: Int) {
    if row / 64 >= words.count {
      words += repeatElement(0, count: row / 64 + 1 - words.count)
    }
    words[row / 64] |= 1 << UInt64(row % 64)
  }
}

/// Why a search cannot answer.
package enum SearchError: Error, Equatable, Sendable, CustomStringConvertible {
  case dimension(query: Int, vectors: Int)
  case notFinite(query: Int)

  package var description: String {
    switch self {
    case .dimension(let query, let vectors):
      "expected queries of dimension \(vectors), as the vectors have; found \(query)"
    case .notFinite(let query):
      "query \(query): expected finite numbers; found a NaN or an infinity"
    }
  }
}

/// Finds the rows whose inner product with a query is largest, all rows being looked at.
package struct ExactSearch: Sendable {
  package enum Precision: String, Sendable, CaseIterable { case float32, int8 }

  package init() {}

  package func topK(
    _ queries: Tensor, in blocks: [VectorBlock], k: Int, precision: Precision = .float32,
    excluding excluded: RowSet = RowSet()
  ) throws -> [[Hit]] {
    for block in blocks where block.dimension != queries.rowWidth {
      throw SearchError.dimension(query: queries.rowWidth, vectors: block.dimension)
    }
    return try (0..<queries.rowCount).map { index in
      let query = queries.row(index).elements
      guard query.allSatisfy(\.isFinite) else { throw SearchError.notFinite(query: index) }
      var hits: [Hit] = []
      var first = 0
      for block in blocks {
        block.vectors.withNumbers { vectors in
          for row in 0..<block.count where !excluded.contains(first + row) {
            let start = row * block.dimension
            let score = query.indices.reduce(Float(0)) { $0 + query[$1] * vectors[start + $1] }
            hits.append(Hit(row: first + row, score: score))
          }
        }
        first += block.count
      }
      return Array(hits.sorted(by: Hit.precedes).prefix(k))
    }
  }
}
