import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraImages
import TesseraJSON
import TesseraModels
import TesseraRetrieval
import TesseraTokenizers

/// A reader of files that nobody vouches for.
struct Target: Sendable {
  let name: String
  /// Below the repository's folder: files, or folders with files of these endings.
  let corpus: [String]
  let endings: Set<String>
  /// Pieces of the format, put in at random.
  var words: [String] = []
  /// The name that the file must have.
  var fileName = "input"
  /// Reads a file, and whatever of it is read late.
  let read: @Sendable (URL) throws -> Void

  static let all: [Target] =
    [
      Target(
        name: "json", corpus: ["Tests/Support/Goldens"], endings: ["json"],
        words: ["{", "}", "[", "]", "\"", "\\u", "\\ud800", ",", ":", "1e999", "\u{0}"]
      ) { url in _ = try Field(file: url) },
      Target(
        name: "safetensors", corpus: ["Tests/CheckpointsTests/Cases", "Tests/Support/Goldens"],
        endings: ["safetensors"],
        words: [
          "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"F16\"", "\"__metadata__\"", "{", "}",
        ]
      ) { url in
        let file = try SafetensorsFile(path: url.path)
        for tensor in file.tensors where tensor.dtype.isFloatingPoint {
          _ = file[tensor.name]?.widened()
        }
      },
      Target(
        name: "pytorch", corpus: ["Tests/CheckpointsTests/Cases"], endings: ["pth", "pt", "bin"],
        words: [
          "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "\u{2e}", "\u{28}", "\u{74}", "\u{52}",
          "c",
        ]
      ) { url in
        let file = try PyTorchFile(path: url.path)
        for tensor in file.tensors { _ = file[tensor.name] }
      },
      Target(
        name: "tokenizer", corpus: ["Tests/TokenizersTests/Cases", "Tests/Support/Goldens/zoo"],
        endings: ["json"],
        words: ["\"type\":", "\"vocab\":", "null", "\"merges\":", "\"normalizer\":"],
        fileName: "tokenizer.json"
      ) { url in
        let tokenizer = try Tokenizer(file: url)
        _ = tokenizer.encode("A café, 鲸鱼 <s> 🐳\u{301} x").ids
      },
      Target(
        name: "config", corpus: ["Tests/Support/Goldens"], endings: ["json"],
        words: ["\"model_type\":\"bert\"", "\"hidden_size\":0"], fileName: "config.json"
      ) { url in
        _ = try Families.family(of: ModelFiles(folder: url.deletingLastPathComponent()))
      },
      Target(
        name: "numpy", corpus: [], endings: ["npy"],
        words: ["descr", "'<f4'", "fortran_order", "shape", "(", ")", "True"]
      ) { url in _ = try NumPyFile(path: url.path) },
    ] + ["png", "jpg", "webp", "gif", "bmp", "tif"].map(picture)

  private static func picture(_ ending: String) -> Target {
    Target(
      name: ending, corpus: ["Tests/Support/Goldens/images", "Tests/ImagesTests/Cases"],
      endings: [ending, ending == "jpg" ? "jpeg" : "\(ending)f"],
      words: ["IHDR", "IDAT", "PLTE", "tRNS", "acTL", "\u{0}", "VP8 ", "VP8L", "VP8X", "ALPH"]
    ) { url in
      // What a picture of a million pixels would cost is no mistake.
      let raster = try Raster(contentsOf: url.path, limits: ImageLimits(maximumPixelCount: 1 << 18))
      _ = raster
    }
  }

  /// The files to begin with, small ones: what is large costs time and has the same beginning.
  func samples(below root: URL) throws -> [[UInt8]] {
    if name == "numpy" { return [Self.numbers] }
    var samples: [[UInt8]] = []
    for place in corpus {
      let folder = root.appending(path: place)
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
      for name in names where endings.contains((name as NSString).pathExtension) {
        let data = try Data(contentsOf: folder.appending(path: name))
        if data.count < 60_000, !data.isEmpty { samples.append([UInt8](data)) }
      }
    }
    return samples
  }

  /// Two rows of three numbers in numpy's format.
  private static var numbers: [UInt8] {
    let fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    // Numbers begin at a multiple of 64 bytes.
    let header = fields + String(repeating: " ", count: 117 - fields.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [UInt8](repeating: 7, count: 24)
  }
}
