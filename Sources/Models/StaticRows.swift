import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// The rows of a table by their tokens: which row is a token's, and what weighs it.
///
/// model2vec's tables of fewer rows than tokens; sentence-transformers' `_fold_model2vec_weights`.
struct StaticRows: Sendable {
  private let table: EmbeddingTable
  private let width: Int
  /// Rows by id; nil where the id is the row.
  private let mapping: [Int]?
  /// By id; nil where nothing is weighed.
  private let factors: [Double]?

  /// - Throws: `WeightsError`, `FieldError` for a row that the table does not have.
  init(_ weights: Weights, _ table: StaticTable) throws {
    self.table = try EmbeddingTable(
      weights, tensor: table.name, count: table.rowCount, width: table.width)
    width = table.width
    mapping = try table.isMapped ? Self.mapping(weights, table) : nil
    factors =
      try table.isWeighed
      ? weights.tensor(StaticTable.weights, shape: [table.vocabularySize]).doubles : nil
  }

  private static func mapping(_ weights: Weights, _ table: StaticTable) throws -> [Int] {
    let stored = try weights.tensor(StaticTable.mapping)
    let place = FilePlace(file: table.file, path: StaticTable.mapping)
    guard let rows = stored.wholeNumbers else {
      throw place.wrongType(expected: "whole numbers", found: stored.dtype.rawValue)
    }
    guard let outside = rows.first(where: { !(0..<table.rowCount).contains($0) }) else {
      return rows
    }
    throw place.wrongType(
      expected: "rows of \(table.name), 0 to \(table.rowCount - 1)", found: "\(outside)")
  }

  /// [ids.count, C]
  func callAsFunction(_ ids: [Int]) -> Tensor {
    let rows = table(mapping.map { mapping in ids.map { mapping[$0] } } ?? ids)
    guard let factors else { return rows }
    var values = rows.elements
    for (row, id) in ids.enumerated() {
      for i in row * width..<(row + 1) * width {
        // Of two float32 a double holds the product, so that it is rounded once.
        values[i] = Float(Double(values[i]) * factors[id])
      }
    }
    return Tensor(values, shape: rows.shape)
  }
}

extension StoredTensor {
  /// Nil for another dtype.
  fileprivate var wholeNumbers: [Int]? {
    switch dtype {
    case .u8: numbers(UInt8.self)
    case .i8: numbers(Int8.self)
    case .u16: numbers(UInt16.self)
    case .i16: numbers(Int16.self)
    case .u32: numbers(UInt32.self)
    case .i32: numbers(Int32.self)
    case .u64: numbers(UInt64.self)
    case .i64: numbers(Int64.self)
    case .bool, .f16, .bf16, .f32, .f64: nil
    }
  }

  /// With the digits of F64, which `widened` drops.
  fileprivate var doubles: [Double] {
    guard dtype == .f64 else { return widened().elements.map(Double.init) }
    return withBytes { bytes in
      (0..<elementCount).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    }
  }

  private func numbers<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) -> [Int] {
    let size = MemoryLayout<Number>.size
    return withBytes { bytes in
      (0..<elementCount).map {
        Int(clamping: bytes.loadUnaligned(fromByteOffset: $0 * size, as: type))
      }
    }
  }
}
