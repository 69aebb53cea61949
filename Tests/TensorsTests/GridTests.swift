import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct GridTests {
  /// torch.nn.functional.interpolate(x, size=(3, 3), mode="bicubic") of arange(16)² / 10 as 4 × 4.
  @Test func `a grid shrinks as PyTorch's does`() throws {
    let grid = Tensor((0..<16).map { Float($0 * $0) / 10 }, shape: [16, 1])
    #expect(
      disagreement(
        grid.resizedGrid(from: 4, to: 3).elements,
        [0.168172, 0.510185, 1.26979, 3.56053, 5.4125, 7.68206, 13.6344, 16.9963, 20.7758],
        .activation) == nil)
    #expect(
      disagreement(
        grid.resizedGrid(from: 4, to: 5).elements,
        [
          -0.100323, -0.0878574, 0.0424, 0.359257, 0.684423, 0.588644, 0.96184, 1.5698, 2.36437,
          3.05026, 3.32103, 4.17193, 5.4125, 6.83967, 8.00327, 9.03901, 10.3676, 12.2408, 14.3006,
          15.9419, 14.7312, 16.4205, 18.7714, 21.3089, 23.3109,
        ], .activation) == nil)
    #expect(grid.resizedGrid(from: 4, to: 4).elements == grid.elements)
  }

  /// The same with mode="bilinear", antialias=True, of arange(16)^1.5.
  @Test func `a grid takes another shape as PyTorch's does with antialiasing`() throws {
    let grid = Tensor((0..<16).map { Float($0) * Float($0).squareRoot() }, shape: [16, 1])
    #expect(
      disagreement(
        grid.smoothlyResizedGrid(from: 4, rows: 3, columns: 2).elements,
        [3.67876, 7.25731, 18.05307, 24.43921, 39.50667, 47.74419], .activation) == nil)
    #expect(
      disagreement(
        grid.smoothlyResizedGrid(from: 4, rows: 1, columns: 7).elements,
        [17.59325, 18.84898, 20.85815, 23.06082, 25.31347, 27.72252, 29.22818], .activation) == nil)
    #expect(grid.smoothlyResizedGrid(from: 4, rows: 4, columns: 4).elements == grid.elements)
  }

  /// The same with mode="bilinear" alone, of arange(18)^1.5 as 3 × 6.
  @Test func `a grid takes another shape as PyTorch's does without antialiasing`() throws {
    let grid = Tensor((0..<18).map { Float($0) * Float($0).squareRoot() }, shape: [18, 1])
    let resized = grid.linearlyResizedGrid(rows: 3, columns: 6, toRows: 2, columns: 4)
    #expect(
      disagreement(
        resized.elements,
        [4.10069, 7.17865, 11.46176, 16.6059, 36.08441, 43.65424, 51.71722, 60.24416],
        .activation) == nil)
    #expect(
      grid.linearlyResizedGrid(rows: 3, columns: 6, toRows: 3, columns: 6).elements
        == grid.elements)
  }

  @Test func `rows are multiplied number by number`() {
    let x = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    let product = x.multiplied(byRow: Tensor([2, 0, -1], shape: [3]))
    #expect(product.elements == [2, 0, -3, 8, 0, -6])
  }
}
