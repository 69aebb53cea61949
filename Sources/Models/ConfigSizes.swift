import TesseraJSON
import TesseraTensors

/// Sizes that real models have: bounds far from overflow, and from memory that nobody has.
///
/// A default is what transformers' class of the configuration has: a file may leave out what equals
/// it, and older ones know fewer keys. Without one, the key is required.
extension Config {
  package func size(_ key: String, default value: Int? = nil) throws -> Int {
    try int(key, in: 1...1 << 28, or: value)
  }

  package func layerCount(
    _ key: String = "num_hidden_layers", default value: Int? = nil
  ) throws -> Int {
    try int(key, in: 1...4096, or: value)
  }

  /// A side in pixels.
  package func imageSize(_ key: String = "image_size", default value: Int? = nil) throws -> Int {
    try int(key, in: 1...4096, or: value)
  }

  /// Pictures have three channels, and no tower is made for others.
  package func requireColours() throws {
    let key = "num_channels"
    guard try int(key, in: 1...4096, default: 3) == 3 else {
      throw field.place.key(key).inconsistent("pictures have 3")
    }
  }

  private func int(_ key: String, in range: ClosedRange<Int>, or value: Int?) throws -> Int {
    try value.map { try int(key, in: range, default: $0) } ?? int(key, in: range)
  }

  /// A norm's ε.
  package func epsilon(
    _ key: String = "layer_norm_eps", default value: Float? = nil
  ) throws -> Float {
    guard let value else { return try required(key).epsilon() }
    return try defaulted(key)?.epsilon() ?? value
  }

  package func activation(
    _ key: String = "hidden_act", default value: Activation? = nil
  ) throws -> Activation {
    guard let value else { return try required(key).activation() }
    return try defaulted(key)?.activation() ?? value
  }

  package func requireDivisible(
    _ key: String, _ value: Int, by divisorKey: String, _ divisor: Int
  ) throws {
    guard value.isMultiple(of: divisor) else {
      throw field.place.key(key).inconsistent(
        "\(value) is not a multiple of \(divisorKey) \(divisor)")
    }
  }
}

extension Field {
  /// By transformers' names, of which two functions have two.
  package func activation() throws -> Activation {
    switch value.string {
    case "swish": .silu
    case "gelu_python": .gelu
    default: try choice()
    }
  }

  package func epsilon() throws -> Float {
    let value = Float(try number())
    guard value >= 0, value < 1 else { throw wrongType("0 or a little more") }
    return value
  }
}
