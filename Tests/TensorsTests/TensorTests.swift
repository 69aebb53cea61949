import TesseraTensors
import Testing

@Suite struct TensorTests {
  let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])

  @Test func `rows and reshapes see the same elements`() {
    #expect(tensor.rows(1..<3).elements == [3, 4, 5, 6])
    #expect(tensor.row(2).shape == [2])
    #expect(tensor.row(2).elements == [5, 6])
    #expect(tensor.reshaped([2, 3]).row(1).elements == [4, 5, 6])
    #expect(tensor.rows(1..<3).rows(1..<2).elements == [5, 6])
  }

  @Test func `columns are cut out`() {
    let wide = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(wide.columns(1..<3).elements == [2, 3, 5, 6])
    #expect(wide.columns(1..<3).shape == [2, 2])
  }

  @Test func `tensors concatenate by rows`() {
    let joined = Tensor.concatenating([tensor.rows(2..<3), tensor])
    #expect(joined.shape == [4, 2])
    #expect(joined.elements == [5, 6, 1, 2, 3, 4, 5, 6])
  }

  @Test func `sums, means and norms`() {
    #expect((tensor + tensor).elements == [2, 4, 6, 8, 10, 12])
    #expect(tensor.adding(row: Tensor([10, 20], shape: [2])).elements == [11, 22, 13, 24, 15, 26])
    #expect(tensor.meanOfRows().elements == [3, 4])
    #expect(Tensor([3, 4], shape: [2]).normalized().elements == [0.6, 0.8])
    #expect(Tensor([0, 0], shape: [2]).normalized().elements == [0, 0])
  }

  @Test func `patches hold channel, row and column in this order`() {
    // Two channels of 4×4; the element says where it stands: channel, row, column.
    let elements = (0..<32).map { (i: Int) -> Float in
      let (channel, row, column) = (i / 16, i / 4 % 4, i % 4)
      return Float(100 * channel + 10 * row + column)
    }
    let picture = Tensor(elements, shape: [2, 4, 4])
    let patches = picture.patches(side: 2)
    #expect(patches.shape == [4, 8])
    #expect(patches.row(0).elements == [0, 1, 10, 11, 100, 101, 110, 111])
    #expect(patches.row(1).elements == [2, 3, 12, 13, 102, 103, 112, 113])
    #expect(patches.row(2).elements == [20, 21, 30, 31, 120, 121, 130, 131])
  }

  @Test func `sequences lie behind one another`() {
    let sequences = PackedSequences(lengths: [2, 1, 3])
    #expect(sequences.ranges == [0..<2, 2..<3, 3..<6])
    #expect(sequences.tokenCount == 6)
  }
}
