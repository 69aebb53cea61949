extension Tensor {
  /// The square patches of a picture, row by row: [channels, height, width] →
  /// [P, channels·side²].
  ///
  /// Within a patch: channel, then row, then column, as in a convolution's kernel. Pixels that
  /// fill no whole patch are left out, as a convolution leaves them.
  package func patches(side: Int) -> Tensor {
    precondition(shape.count == 3 && side > 0, "patches of \(shape)")
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let (rows, columns) = (height / side, width / side)
    return Tensor(shape: [rows * columns, channels * side * side]) { out in
      withElements { pixels in
        var next = 0
        for patchRow in 0..<rows {
          for patchColumn in 0..<columns {
            for channel in 0..<channels {
              for row in patchRow * side..<(patchRow + 1) * side {
                let start = (channel * height + row) * width + patchColumn * side
                _ = out[next..<next + side].initialize(
                  fromContentsOf: pixels[start..<start + side])
                next += side
              }
            }
          }
        }
      }
    }
  }
}
