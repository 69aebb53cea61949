import TesseraTensors

/// How the vectors of a text's tokens become one: [T, C] → [C].
package enum Pooling: String, Sendable, CaseIterable {
  /// The class token's.
  case cls
  /// The mean over all tokens, special ones included.
  case mean
}
