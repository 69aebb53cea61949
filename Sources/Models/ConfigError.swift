import Tensors

/// A value in a model's configuration that this engine does not compute.
package enum ConfigError: Error, Equatable, Sendable, CustomStringConvertible {
  case unsupported(key: String, found: String, supported: [String])
  case notPositive(key: String, found: Int)
  case notDivisible(key: String, value: Int, divisorKey: String, divisor: Int)
  case missing(key: String, neededFor: String)
  case disagreement(String, String)

  package var description: String {
    switch self {
    case .unsupported(let key, let found, let supported):
      "\(key) is \"\(found)\"; supported: \(supported.joined(separator: ", "))"
    case .notPositive(let key, let found):
      "\(key) is \(found); expected a positive number"
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
    for (key, value) in values where value <= 0 || value > 1 << 28 {
      throw ConfigError.notPositive(key: key, found: value)
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
