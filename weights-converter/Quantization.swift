/// What `--quantize` makes of weights, the same numbers and scales that the engine makes of them when
/// it loads them for this precision.
package enum Quantization: String, CaseIterable {
  case int8
  /// The decoder of a model that chats; all else is `int8`.
  case int4
}
