import TesseraCheckpoints
import TesseraTensors

/// A table of vectors, looked up by index: [T] → [T, C]. PyTorch's `nn.Embedding`.
///
/// The table stays as the checkpoint stores it; only the rows asked for are widened.
package struct EmbeddingTable: Sendable {
  package let path: String
  package let count: Int
  private let table: StoredTensor

  /// - Parameter tensor: its name below the scope.
  package init(
    _ weights: Weights, tensor: String = "weight", count: Int, width: Int
  ) throws {
    path = weights.path
    table = try weights.tensor(tensor, shape: [count, width])
    self.count = count
  }

  /// - Parameter table: [count, C].
  package init(path: String, _ table: StoredTensor) {
    precondition(table.shape.count == 2, "a table of shape \(table.shape)")
    self.path = path
    self.table = table
    count = table.shape[0]
  }

  /// The table as a head's weights, [count, C]: a vector's products with all rows.
  package var matrix: StoredMatrix { StoredMatrix(table) }

  /// - Precondition: every index is below `count`.
  package func callAsFunction(_ indices: some Collection<Int>) -> Tensor {
    Profile.measure(.lookup, path, .moving(floats: indices.count * table.shape[1] * 2)) {
      table.widenedRows(indices)
    }
  }
}
