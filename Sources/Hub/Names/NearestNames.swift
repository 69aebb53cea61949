/// Names that a mistyped one may have meant.
package enum NearestNames {
  private static let count = 3

  /// The nearest few of `names`, the nearest first; none that has little to do with `name`.
  package static func of(_ name: String, among names: [String]) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    return Set(names)
      .map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
      .filter { $0.distance > 0 && $0.distance <= max(2, wanted.count / 3) }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
      .prefix(count).map(\.name)
  }

  /// Levenshtein's distance: insertions, deletions and replacements that lead from one to the other.
  static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var row = Array(0...other.count)
    for (i, byte) in one.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, otherByte) in other.enumerated() {
        let replaced = diagonal + (byte == otherByte ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[other.count]
  }
}
