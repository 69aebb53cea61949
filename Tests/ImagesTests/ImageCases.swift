import Foundation
import TesseraImages
import TesseraTestSupport

/// The files in `Cases`, and under `golden/` the pictures that all tests share.
enum ImageCases {
  struct MissingCase: Error { let path: String }

  static func path(_ name: String) throws -> String {
    if name.hasPrefix("golden/") { return Goldens.url("images/\(name.dropFirst(7))").path }
    guard let folder = Bundle.module.resourceURL?.appending(path: "Cases") else {
      throw MissingCase(path: name)
    }
    return folder.appending(path: name).path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(name))))
  }

  static func raster(_ name: String) throws -> Raster {
    try Raster(contentsOf: path(name))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes(name)))
  }
}

/// A picture and what the reference makes of it.
struct PictureCase: Decodable {
  let name: String
  let mode: String
  let decoded: PixelSummary
  let shown: PixelSummary?
  let visualBGE20: PixelSummary?
  let visualBGE224: PixelSummary?
  let clip224: PixelSummary?

  enum CodingKeys: String, CodingKey {
    case name, mode, decoded, shown
    case visualBGE20 = "visual-bge-20"
    case visualBGE224 = "visual-bge-224"
    case clip224 = "clip-224"
  }
}

/// Enough of RGB pixels to tell whether they are the expected ones, and roughly how they differ.
struct PixelSummary: Equatable, Decodable {
  let width: Int
  let height: Int
  /// Of each channel; a wrong rounding shifts them a little, a wrong channel order swaps them.
  let sums: [Int]
  /// FNV-1a with 64 bits, in hexadecimal digits.
  let fnv: String

  init(width: Int, height: Int, rgb: [UInt8]) {
    self.width = width
    self.height = height
    sums = (0..<3).map { channel in
      stride(from: channel, to: rgb.count, by: 3).reduce(0) { $0 + Int(rgb[$1]) }
    }
    let hash = rgb.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    fnv = String(repeating: "0", count: 16 - digits.count) + digits
  }

  init(_ pixels: Pixels) {
    self.init(width: pixels.width, height: pixels.height, rgb: pixels.rgb)
  }

  /// - Precondition: `raster` is not of 16-bit samples once it is RGB, which it cannot be.
  init(_ raster: Raster) {
    guard case .bytes(let rgb) = raster.convertedToRGB().samples else {
      preconditionFailure("RGB of 16 bits")
    }
    self.init(width: raster.width, height: raster.height, rgb: rgb)
  }
}
