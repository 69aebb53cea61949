// Weighted sums of bytes, as resizing an image needs them: fixed point, rounded, and held to what a
// byte can be. Sums have 32 bits, and nothing is rounded on the way: their order does not matter.

/// One row of pixels filtered along itself.
package struct ByteRowFilter {
  /// The row's first byte. Up to `overreach` bytes behind the last that an output needs are read, and
  /// count for nothing.
  package var source: UnsafePointer<UInt8>
  /// Bytes of a pixel, from 1 to 4.
  package var channels: Int
  /// Pixels to be made.
  package var outputs: Int
  /// For each output, the first of its bytes, and how many weights it has.
  package var starts: UnsafePointer<Int>
  package var counts: UnsafePointer<Int>
  /// A weight for each byte of each output, one output behind another, each filled up with zeros to
  /// a multiple of `weightMultiple`.
  package var weights: UnsafePointer<Int32>
  /// The bits of a weight behind the point.
  package var fractionBits: Int
  /// [outputs, channels]
  package var out: UnsafeMutablePointer<UInt8>

  package static let weightMultiple = 16
  package static let overreach = weightMultiple - 1

  package init(
    source: UnsafePointer<UInt8>, channels: Int, outputs: Int, starts: UnsafePointer<Int>,
    counts: UnsafePointer<Int>, weights: UnsafePointer<Int32>, fractionBits: Int,
    out: UnsafeMutablePointer<UInt8>
  ) {
    self.source = source
    self.channels = channels
    self.outputs = outputs
    self.starts = starts
    self.counts = counts
    self.weights = weights
    self.fractionBits = fractionBits
    self.out = out
  }
}

/// Neighbouring rows filtered into one.
package struct ByteColumnFilter {
  /// The first row's first byte.
  package var source: UnsafePointer<UInt8>
  /// Bytes from one row to the next.
  package var stride: Int
  /// One for each row.
  package var weights: UnsafePointer<Int32>
  package var rows: Int
  /// The bits of a weight behind the point.
  package var fractionBits: Int
  /// [count]
  package var out: UnsafeMutablePointer<UInt8>
  package var count: Int

  package init(
    source: UnsafePointer<UInt8>, stride: Int, weights: UnsafePointer<Int32>, rows: Int,
    fractionBits: Int, out: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    self.source = source
    self.stride = stride
    self.weights = weights
    self.rows = rows
    self.fractionBits = fractionBits
    self.out = out
    self.count = count
  }
}
