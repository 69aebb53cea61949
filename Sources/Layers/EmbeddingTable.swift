import TesseraCheckpoints
import TesseraTensors

/// A table of vectors, looked up by index: [T] → [T, C]. PyTorch's `nn.Embedding`.
///
/// The table stays as the checkpoint stores it; only the rows asked for are widened.
package struct EmbeddingTable: Sendable {
  package let path: String
  private let table: StoredTensor
  /// What a task adds; nil for nothing.
  private let adapter: LowRankRows?

  /// - Parameter tensor: its name below the scope.
  package init(
    _ weights: Weights, tensor: String = "weight", count: Int, width: Int
  ) throws {
    path = weights.path
    table = try weights.tensor(tensor, shape: [count, width])
    adapter = nil
  }

  /// - Parameter table: [count, C].
  package init(path: String, _ table: StoredTensor) {
    precondition(table.shape.count == 2, "a table of shape \(table.shape)")
    self.init(path: path, table, adapter: nil)
  }

  private init(path: String, _ table: StoredTensor, adapter: LowRankRows?) {
    self.path = path
    self.table = table
    self.adapter = adapter
  }

  /// The same table with what a task adds.
  package func adapted(by adapter: LowRankRows?) -> EmbeddingTable {
    EmbeddingTable(path: path, table, adapter: adapter)
  }

  /// The table as a head's weights, [count, C]: a vector's products with all rows.
  package var matrix: StoredMatrix { StoredMatrix(table) }

  /// - Precondition: every index is that of a row.
  package func callAsFunction(_ indices: some Collection<Int>) -> Tensor {
    Profile.measure(.lookup, path, .moving(floats: indices.count * table.shape[1] * 2)) {
      let rows = table.widenedRows(indices)
      return adapter.map { rows + $0(indices) } ?? rows
    }
  }
}
