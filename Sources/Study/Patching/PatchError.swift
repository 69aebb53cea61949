/// Why a stage cannot be changed as asked.
public enum PatchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The run has no stage of this name.
  case unknownStage(String, nearest: [String])
  /// Text that is no patch.
  case syntax(found: String, expected: String)
  /// A dimension that the stage does not have.
  case unknownDimension(stage: String, found: String, dimensions: [String])
  /// An index outside a dimension, or a range of nothing.
  case outOfRange(stage: String, dimension: String, length: Int, found: String)
  /// Numbers in another shape than those that they are to replace.
  case shape(stage: String, expected: [Int], found: [Int], isSelection: Bool)
  /// The other input, or the file, has no stage of this name.
  case missingStage(String)

  /// One line that says what is wrong, and where.
  public var description: String {
    switch self {
    case .unknownStage(let name, let nearest):
      "no stage of this run is named \(name)"
        + (nearest.isEmpty ? "" : "; the nearest are \(nearest.joined(separator: ", "))")
    case .syntax(let found, let expected): "expected \(expected); found \(found)"
    case .unknownDimension(let stage, let found, let dimensions):
      "stage \(stage) has the dimensions \(dimensions.joined(separator: ", ")); found [\(found)]"
    case .outOfRange(let stage, let dimension, let length, let found):
      "stage \(stage): expected \(dimension) within 0..<\(length); found [\(found)]"
    case .shape(let stage, let expected, let found, let isSelection):
      "stage \(stage)\(isSelection ? ", as selected" : ""): expected numbers of shape \(expected);"
        + " found \(found)"
    case .missingStage(let name): "what is to replace stage \(name) has no stage of this name"
    }
  }
}

extension PatchError {
  /// - Parameter names: of all stages of the run.
  static func unknownStage(_ name: String, among names: Set<String>) -> PatchError {
    let wanted = Array(name.utf8)
    let near = names.map { (distance: editDistance(wanted, Array($0.utf8)), name: $0) }.sorted {
      $0 < $1
    }
    return .unknownStage(name, nearest: near.prefix(3).map(\.name))
  }

  /// Characters to insert, remove or replace (Levenshtein).
  private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let replaced = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
