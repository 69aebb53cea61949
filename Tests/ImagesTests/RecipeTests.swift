import Foundation
import TesseraImages
import Testing

@Suite struct RecipeTests {
  private static func clip(_ json: String) throws -> PixelRecipe {
    var json = json
    return try json.withUTF8 {
      try PixelRecipe(
        PreprocessorConfig(UnsafeRawBufferPointer($0), file: "config"), .clip)
    }
  }

  @Test func `both recipes give the reference's pixels at 64`() throws {
    let recipes = [
      "visual-bge": PixelRecipe.torchvision(size: 64),
      "clip": try Self.clip(#"{"size": 64, "crop_size": 64}"#),
    ]
    let pictures = try ImageCases.decode([PictureCase].self, "golden/expected.json")
    for (name, recipe) in recipes {
      let expected = try ImageCases.bytes("golden/\(name)-64.bin")
      let count = 64 * 64 * 3
      try #require(expected.count == pictures.count * count)
      for (i, picture) in pictures.enumerated() {
        let pixels = recipe(try ImageCases.raster("golden/\(picture.name)"))
        let wrong = zip(pixels.rgb, expected[i * count..<(i + 1) * count]).enumerated()
          .filter { $0.element.0 != $0.element.1 }
        let first = wrong.first.map { "row \($0.offset / 192): \($0.element)" } ?? ""
        #expect(
          wrong.isEmpty, "\(name), \(picture.name): \(wrong.count) bytes differ; first: \(first)")
      }
    }
  }

  @Test(arguments: [
    (640, 480, 16, 256, 288, 224), (10, 1000, 16, 256, 32, 2048), (4000, 3, 16, 256, 4096, 16),
    (31, 21, 8, 24, 48, 32), (768, 768, 16, 1024, 512, 512), (1, 1, 14, 7, 28, 28),
  ])
  func `a picture in its own shape becomes as large as the reference's`(
    width: Int, height: Int, side: Int, maximum: Int, newWidth: Int, newHeight: Int
  ) throws {
    let json = Array(#"{"patch_size": \#(side), "max_num_patches": \#(maximum)}"#.utf8)
    let recipe = try json.withUnsafeBytes {
      try PixelRecipe(PreprocessorConfig($0, file: "config"), .siglip2)
    }
    let raster = Raster(
      mode: .gray, width: width, height: height,
      samples: .bytes([UInt8](repeating: 0, count: width * height)))
    let pixels = recipe(raster)
    #expect(pixels.width == newWidth && pixels.height == newHeight)
    #expect(throws: RecipeError.self) { try Self.clip(#"{"size": 64, "patch_size": 16}"#) }
  }

  @Test func `both recipes give the reference's pixels at 224`() throws {
    let visual = PixelRecipe.torchvision(size: 224)
    let clip = try Self.clip("{}")
    for picture in try ImageCases.decode([PictureCase].self, "golden/expected.json") {
      let raster = try ImageCases.raster("golden/\(picture.name)")
      #expect(PixelSummary(visual(raster)) == picture.visualBGE224, "\(picture.name)")
      #expect(PixelSummary(clip(raster)) == picture.clip224, "\(picture.name)")
    }
  }

  @Test func `small files of every kind are enlarged or reduced alike`() throws {
    let recipe = PixelRecipe.torchvision(size: 20)
    for picture in try ImageCases.decode([PictureCase].self, "conformance/expected.json") {
      let raster = try ImageCases.raster("conformance/\(picture.name)")
      #expect(PixelSummary(recipe(raster)) == picture.visualBGE20, "\(picture.name)")
    }
  }

  @Test func `other CLIP configurations give the reference's pixels`() throws {
    struct Case: Decodable {
      let name: String
      let expected: PixelSummary
    }
    let names = try ImageCases.decode([Case].self, "clip-configs.json")
    // The configurations go to the recipe's own reader, untouched.
    let lines = String(decoding: try ImageCases.bytes("clip-configs.json"), as: UTF8.self)
      .split(separator: "\n").filter { $0.hasPrefix("{") }
    try #require(lines.count == names.count)
    for (line, example) in zip(lines, names) {
      let start = try #require(line.range(of: #"{"config": "#)).upperBound
      let end = try #require(line.range(of: #", "name""#)).lowerBound
      let recipe = try Self.clip(String(line[start..<end]))
      let raster = try ImageCases.raster("golden/\(example.name)")
      #expect(
        PixelSummary(recipe(raster)) == example.expected, "\(line[start..<end]), \(example.name)")
    }
  }

  @Test func `normalised values are those of the reference, to the bit`() throws {
    // One column of all bytes: red, green and blue alike.
    let ramp = Pixels(width: 1, height: 256, rgb: (0..<768).map { UInt8($0 / 3) })
    let tables = [
      "visual-bge": PixelRecipe.torchvision(size: 224), "clip": try Self.clip("{}"),
    ]
    for (name, recipe) in tables {
      let expected = try ImageCases.bytes("\(name)-table.f32").withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      #expect(recipe.normalization(ramp) == expected, "\(name)")
    }
    let visual = PixelRecipe.torchvision(size: 224).normalization(ramp)
    #expect(visual[0] == -1.7922625541687012)
    #expect(visual[255] == 1.9303361177444458)
    #expect(visual[767] == 2.1458969116210938)
  }

  @Test func `channels come one after another`() throws {
    let pixels = Pixels(width: 2, height: 1, rgb: [0, 1, 2, 3, 4, 5])
    let recipe = try Self.clip(#"{"do_rescale": false, "do_normalize": false}"#)
    #expect(recipe.normalization(pixels) == [0, 3, 1, 4, 2, 5])
  }

  /// Resized whole, such an image would have 448,000 columns or rows.
  @Test(arguments: [
    (20_000, 10, "d065c431f46bff00"), (10, 20_000, "23f625385723a4d2"), (1, 1, "5320cfd53fc21325"),
  ])
  func `a very long image is cut as the reference does`(width: Int, height: Int, fnv: String) {
    let raster = Raster(
      mode: .gray, width: width, height: height,
      samples: .bytes((0..<width * height).map { UInt8(truncatingIfNeeded: $0 / 7) }))
    #expect(PixelSummary(PixelRecipe.torchvision(size: 224)(raster)).fnv == fnv)
  }

  /// The column at which a crop of a row begins.
  private func firstColumn(_ recipe: PixelRecipe, of width: Int, height: Int) -> UInt8 {
    let row = (0..<width).map { UInt8($0 + 1) }
    let samples = (0..<height).flatMap { _ in row }
    let raster = Raster(mode: .gray, width: width, height: height, samples: .bytes(samples))
    return recipe(raster).rgb[0]
  }

  @Test func `half a pixel of crop rounds to even, or down`() throws {
    // Images whose shorter side has the wanted length are not resampled.
    let even = PixelRecipe.torchvision(size: 4)
    let down = try Self.clip(#"{"size": 4, "crop_size": 4}"#)
    #expect([4, 5, 7, 9, 11].map { firstColumn(even, of: $0, height: 4) } == [1, 1, 3, 3, 5])
    #expect([4, 5, 7, 9, 11].map { firstColumn(down, of: $0, height: 4) } == [1, 1, 2, 3, 4])
  }

  @Test func `an image smaller than the crop stands on black`() throws {
    let recipe = try Self.clip(#"{"do_resize": false, "crop_size": [1, 4]}"#)
    let red = (0..<3).map { width in
      let samples = [UInt8](repeating: 9, count: width + 1)
      let raster = Raster(mode: .gray, width: width + 1, height: 1, samples: .bytes(samples))
      return stride(from: 0, to: 12, by: 3).map { [pixels = recipe(raster)] in pixels.rgb[$0] }
    }
    #expect(red == [[0, 0, 9, 0], [0, 9, 9, 0], [0, 9, 9, 9]])
  }
}
