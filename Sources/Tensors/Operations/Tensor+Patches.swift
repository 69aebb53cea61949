extension Tensor {
  /// The square patches of a picture, row by row: [channels, S, S] → [P, channels·side²].
  ///
  /// Within a patch: channel, then row, then column, as in a convolution's kernel. Pixels that
  /// fill no whole patch are left out, as a convolution leaves them.
  package func patches(side: Int) -> Tensor {
    precondition(shape.count == 3 && shape[1] == shape[2] && side > 0, "patches of \(shape)")
    let (channels, size) = (shape[0], shape[1])
    let grid = size / side
    return Tensor(shape: [grid * grid, channels * side * side]) { out in
      withElements { pixels in
        var next = 0
        for patchRow in 0..<grid {
          for patchColumn in 0..<grid {
            for channel in 0..<channels {
              for row in patchRow * side..<(patchRow + 1) * side {
                let start = (channel * size + row) * size + patchColumn * side
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
