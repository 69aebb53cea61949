/// From bytes to the numbers that a model reads, channel by channel.
package struct Normalization: Equatable, Sendable {
  /// The number for each of the 256 values of red, then of green, then of blue.
  ///
  /// A byte has no more values, so a table is exact whatever the formula is.
  let table: [Float]

  /// The means and deviations that OpenAI trained its image towers with, of red, green and blue.
  package static let openAIMean = [0.48145466, 0.4578275, 0.40821073]
  package static let openAIDeviation = [0.26862954, 0.26130258, 0.27577711]

  private init(_ value: (_ byte: Int, _ channel: Int) -> Float) {
    table = (0..<3).flatMap { channel in (0..<256).map { value($0, channel) } }
  }

  /// As torchvision's ToTensor and Normalize: (x / 255 − mean) / deviation, each step rounded to
  /// single precision.
  init(dividingBy255 mean: [Double], _ deviation: [Double]) {
    self.init { byte, channel in
      (Float(byte) / 255 - Float(mean[channel])) / Float(deviation[channel])
    }
  }

  /// As transformers' image processors: x · scale in double precision, the rest in single.
  /// - Parameters:
  ///   - scale: nil leaves the bytes as they are.
  ///   - offset: taken off what is scaled.
  ///   - statistics: nil leaves out the normalisation.
  ///   - dividedAgain: what the result is divided by once more.
  init(
    scale: Double?, offset: Float = 0, statistics: (mean: [Double], deviation: [Double])?,
    dividedAgain: [Double]? = nil
  ) {
    self.init { byte, channel in
      var value = scale.map { Float(Double(byte) * $0) } ?? Float(byte)
      if scale != nil { value -= offset }
      if let (mean, deviation) = statistics {
        value = (value - Float(mean[channel])) / Float(deviation[channel])
      }
      return dividedAgain.map { value / Float($0[channel]) } ?? value
    }
  }

  /// The numbers as [3, height, width].
  package func callAsFunction(_ pixels: Pixels) -> [Float] {
    let count = pixels.width * pixels.height
    return [Float](unsafeUninitializedCapacity: count * 3) { out, initialized in
      table.withUnsafeBufferPointer { table in
        pixels.rgb.withUnsafeBufferPointer { rgb in
          for channel in 0..<3 {
            for i in 0..<count {
              out[channel * count + i] = table[channel * 256 + Int(rgb[i * 3 + channel])]
            }
          }
        }
      }
      initialized = count * 3
    }
  }
}
