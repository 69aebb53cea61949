/// For each row a list of vectors, as long as it comes: the vectors of a text's tokens, or its words'
/// weights as pairs, token id and weight.
package struct ListBlock: Sendable {
  /// Numbers in a vector.
  package let width: Int
  /// Behind which vector each row's list ends: [rows]
  package let ends: StoredNumbers<Int64>
  /// [vectors, width]
  package let numbers: StoredNumbers<Float>

  package init(ends: StoredNumbers<Int64>, numbers: StoredNumbers<Float>, width: Int) {
    self.width = width
    self.ends = ends
    self.numbers = numbers
  }

  /// Copies lists, each flat.
  init(_ lists: [[Float]], width: Int) {
    var end = 0
    let ends = lists.map { list in
      precondition(list.count.isMultiple(of: width), "\(list.count) numbers in vectors of \(width)")
      end += list.count / width
      return Int64(end)
    }
    self.init(
      ends: StoredNumbers(count: ends.count) { _ = $0.initialize(fromContentsOf: ends) },
      numbers: StoredNumbers(count: end * width) {
        _ = $0.initialize(fromContentsOf: Array(lists.joined()))
      },
      width: width)
  }

  var count: Int { ends.count }

  /// All vectors, and behind which of them each row's list ends.
  func withLists<Result>(
    _ body: (_ numbers: UnsafeBufferPointer<Float>, _ ends: UnsafeBufferPointer<Int64>) throws
      -> Result
  ) rethrows -> Result {
    try numbers.withNumbers { numbers in try ends.withNumbers { try body(numbers, $0) } }
  }

  /// The vectors of one row, flat.
  func list(_ row: Int) -> [Float] {
    withLists { numbers, ends in Array(numbers[Self.range(row, ends, width)]) }
  }

  /// Some rows with their lists, bit for bit.
  func gathering(_ rows: some Sequence<Int>) -> ListBlock {
    withLists { numbers, ends in
      ListBlock(rows.map { Array(numbers[Self.range($0, ends, width)]) }, width: width)
    }
  }

  /// Where a row's numbers are.
  static func range(_ row: Int, _ ends: UnsafeBufferPointer<Int64>, _ width: Int) -> Range<Int> {
    (row == 0 ? 0 : Int(ends[row - 1])) * width..<Int(ends[row]) * width
  }
}
