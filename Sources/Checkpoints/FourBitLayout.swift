/// What a safetensors file says of weights of four bits, so that no other bytes are taken for them.
package enum FourBitLayout {
  /// Groups of 32 inputs, each with 16 bytes of four little-endian words; a word's byte j holds number
  /// j of eight in its lower half, number j + 4 in its upper.
  package static let metadata = [
    "int4_group_size": "32", "int4_packing": "low halves 0-3, high halves 4-7",
  ]

  /// What distinguishes a file that has such weights.
  static let key = "int4_packing"
}
