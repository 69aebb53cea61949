import TesseraLayers
import TesseraTensors
import Testing

/// What a task adds to a layer, against the layer of the merged weights.
@Suite struct LowRankAdapterTests {
  private let plain = Linear(
    path: "dense", weight: StoredMatrix(Tensor([2, 0, 0, 3], shape: [2, 2]).stored),
    bias: Tensor([1, -1], shape: [2]))
  /// ½·(1, 2)ᵀ(1, 1): the weights become (2½, ½; 1, 4).
  private let adapter = LowRankAdapter(
    down: StoredTensor([1, 1], shape: [1, 2]), up: StoredTensor([1, 2], shape: [2, 1]), scale: 0.5)
  private let x = Tensor([1, 2, 0, 2], shape: [2, 2])

  @Test func `a layer adds the task's product, with a bias, an activation and a residual`() {
    let layer = plain.adapted(by: adapter)
    #expect(layer(x).elements == [4.5, 8, 2, 7])
    #expect(layer.withoutBias(x).elements == [3.5, 9, 1, 8])
    let residual = Tensor([1, 1, 10, 10], shape: [2, 2])
    #expect(layer(x, adding: residual).elements == [5.5, 9, 12, 17])
    #expect(
      layer(x, activation: .silu, adding: residual).elements
        == (residual + layer(x).activated(.silu)).elements)
    for trace in [nil, Trace()] {
      #expect(layer(x, adding: residual, trace: trace, as: ["dense"]).elements == [5.5, 9, 12, 17])
    }
    #expect(layer.adapted(by: nil)(x).elements == plain(x).elements)
    #expect(!layer.isResident)
  }

  @Test func `layers that are stacked keep their own`() {
    let stacked = Linear(stacking: [plain.adapted(by: adapter), plain], path: "both")
    #expect(stacked(x).elements == [4.5, 8, 3, 5, 2, 7, 1, 5])
    #expect(
      Linear(stacking: [plain, plain.adapted(by: adapter)], path: "both")(x).elements
        == [3, 5, 4.5, 8, 1, 5, 2, 7])
  }

  @Test func `a table's rows get theirs`() {
    let table = EmbeddingTable(path: "words", StoredTensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
    let rows = LowRankRows(
      rows: StoredTensor([1, 2, 3], shape: [3, 1]), up: StoredTensor([10, 20], shape: [1, 2]),
      scale: 0.5)
    #expect(table.adapted(by: rows)([2, 0]).elements == [20, 36, 6, 12])
    #expect(table.adapted(by: rows).adapted(by: nil)([2, 0]).elements == [5, 6, 1, 2])
  }
}
