import TesseraTensors

extension SelfAttention {
  /// A cache for what it reads.
  package var cache: KeyValueBlocks { KeyValueBlocks(shape) }

  /// Reads on in one sequence: the next tokens, [T, C], see one another and all before them, and are
  /// added to these: → [T, H·D].
  ///
  /// - Parameter keepsLast: whether the last token's result alone is wanted: → [1, H·D].
  package func callAsFunction(
    _ x: Tensor, behind cache: inout KeyValueBlocks, keepingLast keepsLast: Bool
  ) -> Tensor {
    precondition(wideNorms == nil, "norms over all heads belong to encoders")
    var qkv = projection(x)  // q, k and v side by side
    if let headNorms {
      qkv = Profile.measure(.norm, path, .moving(floats: 2 * qkv.elementCount)) {
        qkv.headsNormalized(by: headNorms, shape)
      }
    }
    if let rotary {
      let tables = rotary.tables(places: cache.count + x.rowCount)
      qkv = Profile.measure(.rotary, path, .moving(floats: 2 * qkv.elementCount)) {
        qkv.rotated(
          by: tables, shape, in: PackedSequences(lengths: [x.rowCount]), behind: cache.count)
      }
    }
    cache.append(qkv)
    let keys = cache.count
    var work = Profile.Work.moving(floats: 2 * keys * shape.keyChannels)
    work.operations = 4 * Double((keepsLast ? 1 : x.rowCount) * keys * shape.channels)
    return Profile.measure(.attention, path, work) {
      qkv.attention(over: cache, keepingLast: keepsLast)
    }
  }
}
