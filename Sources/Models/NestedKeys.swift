import TesseraJSON
import TesseraTensors

/// The keys of a config within another, whose defaults are part of the format: transformers leaves
/// out what equals its own.
///
/// Older CLIP files hold a second copy, `…_dict`, which wins where it stands.
struct NestedKeys {
  private static let sizes = 1...1 << 28

  private let name: FilePlace
  private let config: Config?
  private let override: Config?

  /// - Throws: `FieldError`.
  init(_ outer: Config, _ key: String) throws {
    name = outer.field.place.key(key)
    config = try outer.optionalObject(key)
    override = try outer.optionalObject("\(key)_dict")
  }

  func place(_ key: String) -> FilePlace { name.key(key) }

  func optional(_ key: String) throws -> Field? {
    let base = try config?.optional(key)
    return try override?.optional(key) ?? base
  }

  func size(_ key: String, default value: Int) throws -> Int {
    try int(key, in: Self.sizes, default: value)
  }

  func int(_ key: String, in range: ClosedRange<Int>, default value: Int) throws -> Int {
    try optional(key)?.int(in: range) ?? value
  }

  func epsilon(default value: Float) throws -> Float {
    try optional("layer_norm_eps")?.epsilon() ?? value
  }

  func activation(default value: Activation) throws -> Activation {
    try optional("hidden_act")?.activation() ?? value
  }

  /// Refuses a key whose value would change what is computed, unless it is absent or this one.
  func requireIfPresent(_ key: String, is expected: String) throws {
    guard let found = try optional(key) else { return }
    guard found.value.string == expected else { throw found.wrongType("\"\(expected)\"") }
  }

  func requireDivisible(_ width: Int, byHeads heads: Int) throws {
    guard width.isMultiple(of: heads) else {
      throw place("hidden_size").inconsistent(
        "\(width) is not a multiple of num_attention_heads \(heads)")
    }
  }
}
