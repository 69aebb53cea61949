import TesseraJSON
import TesseraTensors

/// Sizes that real models have: bounds far from overflow, and from memory that nobody has.
extension Config {
  package func size(_ key: String) throws -> Int { try int(key, in: 1...1 << 28) }

  package func layerCount(_ key: String = "num_hidden_layers") throws -> Int {
    try int(key, in: 1...4096)
  }

  /// A side in pixels.
  package func imageSize(_ key: String = "image_size") throws -> Int {
    try int(key, in: 1...4096)
  }

  /// A norm's ε.
  package func epsilon(_ key: String = "layer_norm_eps") throws -> Float {
    try required(key).epsilon()
  }

  package func requireDivisible(
    _ key: String, _ value: Int, by divisorKey: String, _ divisor: Int
  ) throws {
    guard value.isMultiple(of: divisor) else {
      throw field.place.key(key).inconsistent(
        "\(value) is not a multiple of \(divisorKey) \(divisor)")
    }
  }

  package func activation(_ key: String = "hidden_act", default: Activation? = nil) throws
    -> Activation
  {
    if let `default` { return try optional(key)?.activation() ?? `default` }
    return try required(key).activation()
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
