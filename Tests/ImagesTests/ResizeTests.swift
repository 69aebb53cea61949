import TesseraImages
import Testing

@Suite struct ResizeTests {
  private struct ResizeCase: Decodable {
    let mode: String
    let filter: Int
    let size: [Int]
    let samples: [Double]
    let newSize: [Int]
    let expected: [Double]

    func samples(_ numbers: [Double], _ mode: Raster.Mode) -> Raster.Samples {
      switch mode {
      case .gray16: .words(numbers.map { UInt16($0) })
      case .gray32: .integers(numbers.map { Int32($0) })
      case .grayFloat: .floats(numbers.map { Float($0) })
      default: .bytes(numbers.map { UInt8($0) })
      }
    }
  }

  @Test(arguments: ["resize.json", "resize-wide.json"])
  func `every mode and filter gives the samples of the reference`(file: String) throws {
    for (number, example) in try ImageCases.decode([ResizeCase].self, file).enumerated() {
      let mode = try #require(Raster.Mode(rawValue: example.mode))
      let raster = Raster(
        mode: mode, width: example.size[0], height: example.size[1],
        samples: example.samples(example.samples, mode),
        palette: mode == .palette ? [UInt8](repeating: 7, count: 768) : [])
      let size = PixelSize(width: example.newSize[0], height: example.newSize[1])
      let filter = try #require(ResampleFilter(rawValue: example.filter))
      let resized = raster.resized(to: size, filter: filter, window: PixelWindow(all: size))
      #expect(
        resized.samples == example.samples(example.expected, mode),
        "case \(number): \(mode), \(filter), to \(size)")
    }
  }

  private func gray(_ width: Int, _ height: Int, _ samples: [UInt8]) -> Raster {
    Raster(mode: .gray, width: width, height: height, samples: .bytes(samples))
  }

  private func bicubic(_ raster: Raster, _ width: Int, _ height: Int) -> Raster.Samples {
    let size = PixelSize(width: width, height: height)
    return raster.resized(to: size, filter: .bicubic, window: PixelWindow(all: size)).samples
  }

  @Test func `a row shrinks and grows as written down by hand`() {
    let row = gray(8, 1, [0, 10, 50, 100, 200, 255, 30, 60])
    #expect(bicubic(row, 3, 1) == .bytes([13, 154, 107]))
    #expect(bicubic(row, 5, 1) == .bytes([1, 43, 159, 194, 40]))
    #expect(bicubic(row, 12, 1) == .bytes([0, 2, 15, 42, 71, 114, 185, 248, 231, 56, 33, 62]))
    let square = gray(2, 2, [0, 255, 255, 0])
    #expect(bicubic(square, 3, 3) == .bytes([0, 128, 255, 128, 128, 128, 255, 128, 0]))
  }

  @Test func `colour under transparency does not bleed`() {
    let pair = Raster(
      mode: .rgba, width: 2, height: 1, samples: .bytes([200, 0, 0, 255, 0, 255, 0, 0]))
    let size = PixelSize(width: 1, height: 1)
    let resized = pair.resized(to: size, filter: .box, window: PixelWindow(all: size))
    #expect(resized.samples == .bytes([199, 0, 0, 128]))
  }

  /// Cropping first or last must not show, in any order of the passes.
  @Test(arguments: ["gray-alpha.png", "rgba.png", "gray16.png", "palette.png", "tall.png"])
  func `a window is the same part of the whole`(name: String) throws {
    let raster = try ImageCases.raster("golden/\(name)")
    for size in [
      PixelSize(width: 33, height: 200), PixelSize(width: 300, height: 41),
      PixelSize(width: 290, height: 20), PixelSize(width: 20, height: 190),
      PixelSize(width: 411, height: 500), raster.size,
    ] {
      let columns = size.width / 3..<size.width - 5
      let rows = size.height / 4..<size.height / 4 + 7
      for filter in [ResampleFilter.nearest, .bicubic, .lanczos] {
        let whole = raster.resized(to: size, filter: filter, window: PixelWindow(all: size))
        let window = PixelWindow(columns: columns, rows: rows)
        let part = raster.resized(to: size, filter: filter, window: window)
        #expect(part == whole.cropped(to: window), "\(filter) to \(size)")
      }
    }
  }
}
