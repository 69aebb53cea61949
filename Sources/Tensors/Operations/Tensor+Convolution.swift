import Foundation

/// How a kernel walks over a picture: its side, its step, and the zeros before and behind each line and
/// column.
package struct ConvolutionShape: Sendable, Equatable {
  package let side: Int
  package let stride: Int
  package let before: Int
  package let after: Int

  package init(side: Int, stride: Int, before: Int, after: Int) {
    precondition(side > 0 && stride > 0 && before >= 0 && after >= 0, "a kernel of \(side)")
    self.side = side
    self.stride = stride
    self.before = before
    self.after = after
  }

  /// Places along a side of so many; less than 1 where the kernel does not fit.
  package func count(of length: Int) -> Int { (length + before + after - side) / stride + 1 }

  /// Which lines of the kernel lie within a picture of so many, and where the first of all would lie.
  @inline(__always)
  fileprivate func taps(_ place: Int, of length: Int) -> (start: Int, inside: Range<Int>) {
    let start = place * stride - before
    let first = min(max(0, -start), side)
    return (start, first..<max(first, min(side, length - start)))
  }
}

extension Tensor {
  /// What each place of a kernel covers, side by side: [channels, H, W] → [places, channels·side²].
  ///
  /// Within a place: channel, then row, then column, as in a convolution's kernel.
  package func convolutionRows(_ kernel: ConvolutionShape) -> Tensor {
    precondition(shape.count == 3, "a convolution of \(shape)")
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let (rows, columns) = (kernel.count(of: height), kernel.count(of: width))
    precondition(rows > 0 && columns > 0, "a kernel of \(kernel.side) over \(shape)")
    let size = kernel.side * kernel.side
    return Tensor(shape: [rows * columns, channels * size]) { out in
      out.initialize(repeating: 0)
      withElements { x in
        for row in 0..<rows {
          let (top, insideRows) = kernel.taps(row, of: height)
          for column in 0..<columns {
            let (left, insideColumns) = kernel.taps(column, of: width)
            let place = (row * columns + column) * channels * size
            for channel in 0..<channels {
              for y in insideRows {
                let source = (channel * height + top + y) * width + left
                let target = place + channel * size + y * kernel.side
                for i in insideColumns { out[target + i] = x[source + i] }
              }
            }
          }
        }
      }
    }
  }

  /// A kernel of its own for each channel, then a bias: [H·W, C] → [places, C].
  ///
  /// - Parameters:
  ///   - height: H; this tensor's rows are the picture's places, row by row.
  ///   - weights: [side², C].
  ///   - bias: [C].
  package func depthwiseConvolution(
    height: Int, _ kernel: ConvolutionShape, weights: Tensor, bias: Tensor
  ) -> Tensor {
    let (width, channels) = (rowCount / max(height, 1), rowWidth)
    precondition(
      shape.count == 2 && rowCount == height * width
        && weights.shape == [kernel.side * kernel.side, channels] && bias.shape == [channels],
      "\(weights.shape) over \(shape) with \(height) lines")
    let (rows, columns) = (kernel.count(of: height), kernel.count(of: width))
    precondition(rows > 0 && columns > 0, "a kernel of \(kernel.side) over \(height)×\(width)")
    return Tensor(shape: [rows * columns, channels]) { out in
      withElements { x in
        weights.withElements { w in
          bias.withElements { bias in
            guard let x = x.baseAddress, let w = w.baseAddress, let bias = bias.baseAddress,
              let out = out.baseAddress
            else { return }
            Parallel.forEach(rows) { row in
              let (top, insideRows) = kernel.taps(row, of: height)
              for column in 0..<columns {
                let (left, insideColumns) = kernel.taps(column, of: width)
                let place = Place(
                  x: x + ((top + insideRows.lowerBound) * width + left) * channels,
                  w: w + insideRows.lowerBound * kernel.side * channels, bias: bias,
                  out: out + (row * columns + column) * channels,
                  lines: insideRows.count, taps: insideColumns, lineStride: width * channels,
                  kernelStride: kernel.side * channels, channels: channels)
                place.compute()
              }
            }
          }
        }
      }
    }
  }

  /// The mean of the rows, summed in double: [T, C] → [1, C].
  package func preciseMeanOfRows() -> Tensor {
    precondition(shape.count == 2 && rowCount > 0, "mean of the rows of \(shape)")
    let (rows, width) = (rowCount, rowWidth)
    // Of one size whatever the number of threads, so that the bits are the same.
    let blocks = (rows + 255) / 256
    let sums = withElements { x in
      Parallel.map(blocks) { block in
        var sum = [Double](repeating: 0, count: width)
        sum.withUnsafeMutableBufferPointer { sum in
          for row in block * 256..<min(rows, (block + 1) * 256) {
            for i in 0..<width { sum[i] += Double(x[row * width + i]) }
          }
        }
        return sum
      }
    }
    return Tensor(shape: [1, width]) { out in
      for i in 0..<width { out[i] = Float(sums.reduce(0) { $0 + $1[i] } / Double(rows)) }
    }
  }

  /// σ(x) of each number: 1/(1 + e⁻ˣ).
  package func logistic() -> Tensor {
    Tensor(elements.map { Float(1 / (1 + exp(-Double($0)))) }, shape: shape)
  }

  /// [H·W, C] → [C, H·W], or back.
  package func transposedRows() -> Tensor {
    let (rows, width) = (rowCount, rowWidth)
    return Tensor(shape: [width, rows]) { out in
      withElements { x in
        for row in 0..<rows { for i in 0..<width { out[i * rows + row] = x[row * width + i] } }
      }
    }
  }
}

/// One place of a depthwise convolution: the part of the kernel that lies within the picture.
private struct Place {
  let x: UnsafePointer<Float>
  let w: UnsafePointer<Float>
  let bias: UnsafePointer<Float>
  let out: UnsafeMutablePointer<Float>
  let lines: Int
  let taps: Range<Int>
  let lineStride: Int
  let kernelStride: Int
  let channels: Int

  @inline(__always)
  func compute() {
    var channel = 0
    while channel + 16 <= channels {
      compute(SIMD16<Float>.self, channel)
      channel += 16
    }
    while channel + 4 <= channels {
      compute(SIMD4<Float>.self, channel)
      channel += 4
    }
    while channel < channels {
      var sum = bias[channel]
      for line in 0..<lines {
        for tap in taps {
          sum +=
            x[line * lineStride + tap * channels + channel]
            * w[line * kernelStride + tap * channels + channel]
        }
      }
      out[channel] = sum
      channel += 1
    }
  }

  @inline(__always)
  private func compute<Lanes: SIMD>(_ type: Lanes.Type, _ channel: Int)
  where Lanes.Scalar == Float, Lanes: LaneArithmetic {
    var sum = Self.load(type, bias + channel)
    for line in 0..<lines {
      let (x, w) = (x + line * lineStride + channel, w + line * kernelStride + channel)
      for tap in taps {
        sum = sum.adding(
          Self.load(type, x + tap * channels), times: Self.load(type, w + tap * channels))
      }
    }
    UnsafeMutableRawPointer(out + channel).storeBytes(of: sum, as: type)
  }

  @inline(__always)
  private static func load<Lanes>(_ type: Lanes.Type, _ start: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(start).loadUnaligned(as: type)
  }
}

private protocol LaneArithmetic {
  func adding(_ a: Self, times b: Self) -> Self
}

extension SIMD16: LaneArithmetic where Scalar == Float {
  @inline(__always) func adding(_ a: Self, times b: Self) -> Self { self + a * b }
}

extension SIMD4: LaneArithmetic where Scalar == Float {
  @inline(__always) func adding(_ a: Self, times b: Self) -> Self { self + a * b }
}
