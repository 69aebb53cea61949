import TesseraTensors

/// A value in a model's configuration that this engine does not compute.
package enum ConfigError: Error, Equatable, Sendable, CustomStringConvertible {
  case unsupported(key: String, found: String, supported: [String])
  /// A number outside of what any model has.
  case outOfRange(key: String, found: String, expected: String)
  case notDivisible(key: String, value: Int, divisorKey: String, divisor: Int)
  case missing(key: String, neededFor: String)
  case disagreement(String, String)

  package var description: String {
    switch self {
    case .unsupported(let key, let found, let supported):
      "\(key) is \"\(found)\"; supported: \(supported.joined(separator: ", "))"
    case .outOfRange(let key, let found, let expected):
      "\(key) is \(found); expected \(expected)"
    case .notDivisible(let key, let value, let divisorKey, let divisor):
      "\(key) \(value) is not a multiple of \(divisorKey) \(divisor)"
    case .missing(let key, let purpose):
      "the key \(key) is missing, which \(purpose) need"
    case .disagreement(let one, let other):
      "\(one), but \(other)"
    }
  }

  static func requirePositive(_ values: [(key: String, value: Int)]) throws {
    // The bound keeps products of sizes far from overflow.
    for (key, value) in values { try require(key, value, in: 1...1 << 28) }
  }

  /// A bound on the depth keeps a wrong number from reserving memory for its layers.
  static func requireLayerCount(_ count: Int) throws {
    try require("num_hidden_layers", count, in: 1...4096)
  }

  /// A bound on the side keeps a wrong number from reserving memory for its pixels.
  static func requireImageSize(_ side: Int) throws {
    try require("image_size", side, in: 1...4096)
  }

  static func require(_ key: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw ConfigError.outOfRange(
        key: key, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)")
    }
  }

  static func requireEpsilon(_ value: Float) throws {
    guard value >= 0, value < 1 else {
      throw ConfigError.outOfRange(
        key: "layer_norm_eps", found: "\(value)", expected: "0 or a little more")
    }
  }

  static func requireDivisible(
    _ key: String, _ value: Int, by divisorKey: String, _ divisor: Int
  ) throws {
    guard value.isMultiple(of: divisor) else {
      throw ConfigError.notDivisible(
        key: key, value: value, divisorKey: divisorKey, divisor: divisor)
    }
  }
}

extension Activation {
  /// - Throws: `ConfigError` for a name that is not known.
  init(configName: String) throws {
    guard let activation = Activation(rawValue: configName) else {
      throw ConfigError.unsupported(
        key: "hidden_act", found: configName, supported: Activation.allCases.map(\.rawValue))
    }
    self = activation
  }
}
