/// How the rows of a product are cut: each block goes through all panels of weights.
package enum RowBlocks {
  /// Rows of a block at most, on this machine.
  static let height = height(secondCache: SecondCache.byteCount)

  /// Activations of so many rows stay in the second cache beside a panel; and with pieces of this
  /// size, no thread waits long for the last one. In a cache of twice the size twice as many do, and
  /// weights are read half as often.
  package static func height(secondCache byteCount: Int) -> Int {
    max(96, min(192, (96 * byteCount) >> 20))
  }

  /// As few as the cache allows, and as many as many threads need.
  package static func count(rows: Int, panels: Int, height: Int, threads: Int) -> Int {
    // Fewer rows would read weights faster than the caches give them.
    let fewestRows = 24
    let wanted = (2 * threads + panels - 1) / max(panels, 1)
    return max(1, (rows + height - 1) / height, min(wanted, rows / fewestRows))
  }
}
