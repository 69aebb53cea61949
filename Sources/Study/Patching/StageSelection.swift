/// A part of a stage: an index, a range or everything in each dimension.
///
/// Written as `head 5, query 0` or, by position, as `5, 0`: in each dimension an index, or a range
/// `1:17` whose end is not part of it, or `:` for all. Negative numbers count from the end.
/// Attention weights have the dimensions head, query and key; pixels channel, row and column; all
/// other stages token and channel.
public struct StageSelection: Sendable, Equatable, CustomStringConvertible {
  /// As it was written, without brackets; empty for the whole stage.
  public let description: String
  private let entries: [Entry]

  /// What is chosen in one dimension; nil is the dimension's own bound.
  fileprivate struct Entry: Sendable, Equatable {
    let text: String
    let dimension: String?
    let lower: Int?
    let upper: Int?
    let isIndex: Bool
  }

  /// The whole stage.
  public static let all = StageSelection(description: "", entries: [])

  private init(description: String, entries: [Entry]) {
    self.description = description
    self.entries = entries
  }

  /// Reads a selection as it stands between brackets.
  ///
  /// - Throws: `PatchError.syntax`.
  public init(_ text: String) throws {
    description = text
    entries = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try Entry(String($0), in: text)
    }
  }

  /// The indices that are chosen in each dimension of a stage.
  ///
  /// - Throws: `PatchError`, naming the stage and the dimension.
  func ranges(in shape: [Int], of stage: String) throws(PatchError) -> [Range<Int>] {
    let names = Self.dimensions(of: stage, rank: shape.count)
    var ranges = shape.map { 0..<$0 }
    for (position, entry) in entries.enumerated() {
      guard let dimension = entry.dimension.map({ names.firstIndex(of: $0) }) ?? position,
        shape.indices.contains(dimension)
      else { throw .unknownDimension(stage: stage, found: entry.text, dimensions: names) }
      guard let range = entry.range(in: shape[dimension]) else {
        throw .outOfRange(
          stage: stage, dimension: names[dimension], length: shape[dimension], found: entry.text)
      }
      ranges[dimension] = range
    }
    return ranges
  }

  /// Names of a stage's dimensions, as the documentation of this type has them.
  static func dimensions(of stage: String, rank: Int) -> [String] {
    switch rank {
    case 3 where stage == "pixels": ["channel", "row", "column"]
    case 3: ["head", "query", "key"]
    case 2: ["token", "channel"]
    default: (0..<rank).map { "dimension \($0)" }
    }
  }
}

extension StageSelection.Entry {
  fileprivate init(_ text: String, in selection: String) throws {
    let words = text.split(separator: " ")
    guard let bounds = words.last, words.count <= 2 else {
      throw PatchError.syntax(
        found: "[\(selection)]", expected: "an index or a range in each dimension, as [head 5, 0]")
    }
    let numbers = bounds.split(separator: ":", omittingEmptySubsequences: false)
    guard numbers.count <= 2, numbers.allSatisfy({ $0.isEmpty || Int($0) != nil }),
      numbers.count == 2 || Int(bounds) != nil
    else {
      throw PatchError.syntax(
        found: "[\(selection)]", expected: "numbers such as 5, 1:17 or : in place of \(bounds)")
    }
    self.text = words.joined(separator: " ")
    dimension = words.count == 2 ? String(words[0]) : nil
    lower = Int(numbers[0])
    upper = numbers.count == 2 ? Int(numbers[1]) : lower
    isIndex = numbers.count == 1
  }

  /// Nil unless all of it lies in a dimension of this length, and something does.
  fileprivate func range(in length: Int) -> Range<Int>? {
    func place(_ number: Int?, _ bound: Int) -> Int? {
      guard let number else { return bound }
      guard number >= -length, number <= length else { return nil }
      return number < 0 ? length + number : number
    }
    guard let start = place(lower, 0) else { return nil }
    guard !isIndex else { return start < length ? start..<start + 1 : nil }
    guard let end = place(upper, length), start < end else { return nil }
    return start..<end
  }
}
