import Foundation
import TesseraJSON

/// The numbers of a row by their kinds, however they are written.
struct RowVectors {
  /// What stands at one place, and what should.
  struct Difference {
    let expected: String
    let found: String
  }

  /// By the row's key, then by the place: "embedding[0]".
  private var numbers: [String: [String: Double]] = [:]

  private static let kinds = ["embedding", "lexical_weights", "colbert_vecs"]
  /// Rounding that depends on what is computed together, as part of the largest number; other options
  /// change vectors by much more.
  private static let tolerance = 1e-4

  init(_ json: String) throws {
    let row = try JSONReader.read(json) { try $0.readValue() }
    for kind in Self.kinds {
      guard let value = row[kind] else { continue }
      var found: [String: Double] = [:]
      Self.add(value, at: kind, to: &found)
      numbers[kind] = found
    }
  }

  var isEmpty: Bool { numbers.isEmpty }

  /// The number that differs most, if that is more than rounding.
  func difference(from expected: RowVectors) -> Difference? {
    guard kinds == expected.kinds else {
      return Difference(expected: expected.kinds, found: kinds)
    }
    for (kind, expected) in expected.numbers.sorted(by: { $0.key < $1.key }) {
      let found = numbers[kind] ?? [:]
      let largest = expected.values.map(abs).max() ?? 0
      // A weight that is 0 is left out.
      let places = Set(expected.keys).union(found.keys)
      func distance(at place: String) -> Double {
        abs((expected[place] ?? 0) - (found[place] ?? 0))
      }
      guard let worst = places.max(by: { distance(at: $0) < distance(at: $1) }),
        !(distance(at: worst) <= Self.tolerance * largest)
      else { continue }
      return Difference(
        expected: "\(worst) = \(Float(expected[worst] ?? 0))",
        found: "\(Float(found[worst] ?? 0))")
    }
    return nil
  }

  private var kinds: String { Self.kinds.filter { numbers[$0] != nil }.joined(separator: ", ") }

  private static func add(
    _ value: JSONValue, at place: String, to numbers: inout [String: Double]
  ) {
    switch value {
    case .number(let number): numbers[place] = number
    case .array(let parts):
      for (i, part) in parts.enumerated() { add(part, at: "\(place)[\(i)]", to: &numbers) }
    case .object(let members):
      for member in members { add(member.value, at: "\(place)[\(member.key)]", to: &numbers) }
    case .string(let text):
      let bytes = [UInt8](Data(base64Encoded: text) ?? Data())
      for i in 0..<bytes.count / 4 {
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * i + $1]) << UInt32(8 * $1) }
        numbers["\(place)[\(i)]"] = Double(Float(bitPattern: bits))
      }
    case .bool, .null: break
    }
  }
}
