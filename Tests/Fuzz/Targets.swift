import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraImages
import TesseraJSON
import TesseraModels
import TesseraRetrieval
import TesseraTemplates
import TesseraTestSupport
import TesseraTokenizers

extension Target {
  static let all = checkpoints + texts + stores + pictures

  // MARK: Model folders

  private static let checkpoints = [
    Target(
      name: "safetensors",
      corpus: .files(
        ["Tests/CheckpointsTests/Cases", "Tests/Support/Goldens"], endings: ["safetensors"]),
      words: [
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"F16\"", "\"__metadata__\"", "{", "}",
      ],
      json: { bytes in
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return length < bytes.count - 8 ? 8..<8 + Int(length) : nil
      }
    ) { url in
      let file = try SafetensorsFile(path: url.path)
      for tensor in file.tensors where tensor.dtype.isFloatingPoint {
        _ = file[tensor.name]?.widened()
      }
    },
    Target(
      name: "pytorch",
      corpus: .files(["Tests/CheckpointsTests/Cases"], endings: ["pth", "pt", "bin"]),
      words: [
        "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "\u{2e}", "\u{28}", "\u{74}", "\u{52}", "c",
      ]
    ) { url in
      let file = try PyTorchFile(path: url.path)
      for tensor in file.tensors { _ = file[tensor.name] }
    },
    Target(
      name: "tokenizer",
      corpus: .files(
        ["Tests/TokenizersTests/Cases", "Tests/Support/Goldens"], endings: ["json"]),
      words: ["\"type\":", "\"vocab\":", "null", "\"merges\":", "\"normalizer\":"],
      json: { 0..<$0.count }, fileName: "tokenizer.json"
    ) { url in
      let tokenizer = try Tokenizer(file: url)
      _ = tokenizer.encode("A café, 鲸鱼 <s> 🐳\u{301} x").ids
    },
    Target(
      name: "config", corpus: .files(["Tests/Support/Goldens"], endings: ["json"]),
      words: ["\"model_type\":\"bert\"", "\"hidden_size\":0"], json: { 0..<$0.count },
      fileName: "config.json"
    ) { url in
      _ = try Families.family(of: ModelFiles(folder: url.deletingLastPathComponent()))
    },
    Target(
      name: "template", corpus: .made { _ in templates },
      words: [
        "{{", "}}", "{%", "%}", "{#", "#}", "for", "in", "endfor", "if", "set", "macro", "|",
        "loop.",
        "[", "]", "(", "namespace", "range(99999999)", "'a' * 9999", "**", "messages",
      ]
    ) { url in
      let text = try FileContents(url.path).withBytes { String(decoding: $0, as: UTF8.self) }
      let message = JSONValue.object([
        .init(key: "role", value: .string("user")), .init(key: "content", value: .string("hi")),
      ])
      _ = try Template(text, name: "template").text([
        .init(key: "messages", value: .array([message, message]))
      ])
    },
  ]

  private static let templates = [
    """
    {%- for message in messages %}{{ '<|' + message['role'] + '|>\\n' + message.content | trim }}
    {%- if loop.last and not message.tool %}<|end|>{% else %}{{ loop.index0 % 2 }}{% endif %}{% endfor %}
    """,
    """
    {% set ns = namespace(n=0) %}{% macro part(x, y='-') %}{{ x ~ y }}{% endmacro %}
    {% for i in range(3) if i != 1 %}{% set ns.n = ns.n + i %}{{ part(i) }}{% endfor %}
    {{ ns.n if ns.n is defined else none }}{{ messages[::-1][0].content[1:] | upper | tojson }}
    """,
  ].map { Array($0.utf8) }

  // MARK: Texts

  private static let texts = [
    Target(
      name: "json", corpus: .files(["Tests/Support/Goldens"], endings: ["json"]),
      words: ["{", "}", "[", "]", "\"", "\\u", "\\ud800", ",", ":", "1e999", "\u{0}"],
      json: { 0..<$0.count }
    ) { url in _ = try Field(file: url) },
    Target(
      name: "table",
      corpus: .made { _ in
        [
          Array("id,text,image\n1,\"a \"\"b\"\"\nc\",x.png\n2,é,\n".utf8),
          [0xFF, 0xFE, 0x74, 0, 0x0A, 0],
        ]
      }, words: ["\"", ",", "\r\n", "text", "\u{0}"]
    ) { url in
      let records = try DelimitedReader(LineReader(path: url.path), separator: ",")
      while try records.next() != nil {}
    },
    Target(
      name: "numpy", corpus: .made { _ in [numbers] },
      words: ["descr", "'<f4'", "fortran_order", "shape", "(", ")", "True"]
    ) { url in _ = try NumPyFile(path: url.path) },
  ]

  /// Two rows of three numbers in numpy's format.
  private static var numbers: [UInt8] {
    let fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    // Numbers begin at a multiple of 64 bytes.
    let header = fields + String(repeating: " ", count: 117 - fields.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [UInt8](repeating: 7, count: 24)
  }

  // MARK: Stores

  private static let stores = [
    Target(
      name: "store",
      corpus: .made { folder in
        try DiskStore(writing: folder.path).add(Vectors.rows(20))
        return [[UInt8](try Data(contentsOf: folder.appending(path: "index.sqlite")))]
      }, words: ["SQLite format 3\u{0}", "item", "segment", "stretch", "text 7"],
      fileName: "index.sqlite"
    ) { url in
      let store = try DiskStore(reading: url.deletingLastPathComponent().path)
      _ = try store.search([Vectors.random(seed: 1)], StoreRequest(limit: 3))
      _ = try store.rows(.init())
      _ = try (store.verify(), store.facts(), store.sources())
    }
  ]

  // MARK: Pictures

  private static let pictures = ["png", "jpg", "webp", "gif", "bmp", "tif", "avif", "heic", "jxl"]
    .map {
      ending in
      Target(
        name: ending,
        corpus: .files(
          ["Tests/Support/Goldens/images", "Tests/ImagesTests/Cases"],
          endings: [ending, ending == "jpg" ? "jpeg" : "\(ending)f"]),
        words: [
          "IHDR", "IDAT", "PLTE", "tRNS", "acTL", "\u{0}", "VP8 ", "VP8L", "VP8X", "ALPH", "ispe",
        ], share: ["avif", "heic", "jxl"].contains(ending) ? 0.2 : 1
      ) { url in
        // What a picture of a million pixels would cost is no mistake.
        _ = try Raster(contentsOf: url.path, limits: ImageLimits(maximumPixelCount: 1 << 18))
      }
    }
}
