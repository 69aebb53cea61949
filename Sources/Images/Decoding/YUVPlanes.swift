/// Luma and two chroma planes, a byte a sample, and what libyuv 1924 makes of them, which Pillow's
/// libavif calls.
struct YUVPlanes {
  /// How many chroma samples there are.
  enum Format: Int {
    case full = 1
    case halfWidth = 2
    case quarter = 3
    case gray = 4

    func chromaSize(_ width: Int, _ height: Int) -> (width: Int, height: Int) {
      switch self {
      case .full, .gray: (width, height)
      case .halfWidth: ((width + 1) / 2, height)
      case .quarter: ((width + 1) / 2, (height + 1) / 2)
      }
    }
  }

  let format: Format
  let width: Int
  let height: Int
  let y: [UInt8]
  let u: [UInt8]
  let v: [UInt8]

  /// The gray of a sample from 16 to 235, at full range.
  static func fullRange(_ sample: UInt8) -> UInt8 {
    let share = min(max((Float(sample) - 16) / 219, 0), 1)
    return UInt8(0.5 + share * 255)
  }

  /// Samples that are colours as they are: green, blue and red.
  func colours(_ alpha: [UInt8]?) -> [UInt8] {
    interleaved(alpha) { (v[$0], y[$0], u[$0]) }
  }

  func rgb(by matrix: YUVMatrix, _ alpha: [UInt8]?) -> [UInt8] {
    let (u, v) = (widened(self.u), widened(self.v))
    return interleaved(alpha) { matrix.rgb(y[$0], u[$0], v[$0]) }
  }

  private func interleaved(
    _ alpha: [UInt8]?, _ pixel: (Int) -> (UInt8, UInt8, UInt8)
  ) -> [UInt8] {
    let channels = alpha == nil ? 3 : 4
    return [UInt8](unsafeUninitializedCapacity: y.count * channels) { out, count in
      for i in y.indices {
        (out[i * channels], out[i * channels + 1], out[i * channels + 2]) = pixel(i)
        if let alpha { out[i * channels + 3] = alpha[i] }
      }
      count = y.count * channels
    }
  }

  /// A chroma plane of the picture's size: between two samples ¾ of the nearer and ¼ of the other.
  private func widened(_ plane: [UInt8]) -> [UInt8] {
    let columns = format.chromaSize(width, height).width
    func line(_ row: Int) -> ArraySlice<UInt8> { plane[row * columns..<(row + 1) * columns] }
    switch format {
    case .full, .gray: return plane
    case .halfWidth: return (0..<height).flatMap { widened(line($0), line($0)) }
    case .quarter:
      // Rows and columns of the edge have one neighbour.
      return (0..<height).flatMap { row in
        let near = row / 2
        let far = row % 2 == 0 ? max(near - 1, 0) : min(near + 1, (height - 1) / 2)
        return widened(line(near), line(far))
      }
    }
  }

  /// A row of twice the width, of the rows that are nearer and farther.
  private func widened(_ near: ArraySlice<UInt8>, _ far: ArraySlice<UInt8>) -> [UInt8] {
    let (near, far) = (Array(near), Array(far))
    return (0..<width).map { column in
      let (own, last) = (column / 2, (width - 1) / 2)
      // libyuv leaves the last column as it is, whatever its neighbours.
      let other =
        column == width - 1 ? own : column % 2 == 0 ? max(own - 1, 0) : min(own + 1, last)
      let sum =
        9 * Int(near[own]) + 3 * Int(near[other]) + 3 * Int(far[own]) + Int(far[other]) + 8
      return UInt8(sum >> 4)
    }
  }
}

/// Red, green and blue of luma and chroma, in sixty-fourths: libyuv's `YuvConstants`.
struct YUVMatrix {
  private let blueOfU: Int
  private let greenOfU: Int
  private let greenOfV: Int
  private let redOfV: Int
  private let scale: Int
  private let bias: Int

  /// Of samples that are green, blue and red.
  static let identity: UInt16 = 0

  /// - Parameter code: of ISO/IEC 23091-2; nil for those that libyuv does not have.
  init?(_ code: Int, isFullRange: Bool) {
    (scale, bias) = isFullRange ? (16320, 32) : code == 9 ? (19003, -1160) : (18997, -1160)
    let factors: (Int, Int, Int, Int)
    switch (code, isFullRange) {
    // 2 says nothing, and is read as BT.601.
    case (2, true), (5, true), (6, true): factors = (113, 22, 46, 90)
    case (2, false), (5, false), (6, false): factors = (128, 25, 52, 102)
    case (1, true): factors = (119, 12, 30, 101)
    case (1, false): factors = (128, 14, 34, 115)
    case (9, true): factors = (120, 11, 37, 94)
    case (9, false): factors = (128, 12, 42, 107)
    default: return nil
    }
    (blueOfU, greenOfU, greenOfV, redOfV) = factors
  }

  func rgb(_ y: UInt8, _ u: UInt8, _ v: UInt8) -> (UInt8, UInt8, UInt8) {
    let luma = (Int(y) * 0x0101 * scale) >> 16 + bias
    let (u, v) = (Int(u) - 128, Int(v) - 128)
    func byte(_ value: Int) -> UInt8 { UInt8(min(max(value >> 6, 0), 255)) }
    return (
      byte(luma + v * redOfV), byte(luma - (u * greenOfU + v * greenOfV)), byte(luma + u * blueOfU)
    )
  }
}
