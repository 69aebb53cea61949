import Foundation
import TesseraCheckpoints
import TesseraImages
import TesseraLayers
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import TesseraTokenizers
import Testing

/// Conversations of small random models beside transformers: pixels, ids, what is seen, stages, logits,
/// and 64 tokens. `Tests/reference/zoo/conversations.py` writes them.
@Suite struct ConversationGoldenTests {
  struct Conversations: Decodable {
    struct Turn: Decodable {
      let role: String
      let text: String
      let images: [String]
    }

    struct Item: Decodable {
      let turns: [Turn]
      let prompt: String
      let ids: [Int]
      let written: [Int]
      let tiles: Int?
      let pixels: String?
    }
    let items: [Item]
  }

  static let names = [
    "llama-chat", "llama3-chat", "mistral-chat", "qwen2-chat", "qwen3-chat", "smolvlm", "llava",
    "llava-next-mistral", "llava-next-vicuna", "llava-next-qwen2", "llava-onevision",
  ]
  /// 10⁻⁵ of the largest number, which gated products of random weights reach; most are below 3·10⁻⁶.
  private static func difference(_ actual: Tensor, _ expected: Tensor) -> String? {
    let largest = expected.elements.reduce(0) { max($0, abs($1)) }
    // Of pictures, the reference shows a stage's first tile.
    return disagreement(
      Array(actual.elements.prefix(expected.elementCount)), expected.elements,
      Tolerance(absolute: 1e-5 * max(1, largest), relative: 0))
  }

  private static func folder(_ name: String) -> URL { Goldens.url("zoo/\(name)") }

  private static func items(_ name: String) throws -> [Conversations.Item] {
    try Goldens.json("zoo/\(name)/conversations.json", as: Conversations.self).items
  }

  private static func expected(_ name: String) throws -> [String: Tensor] {
    try Goldens.tensors("zoo/\(name)/conversations.safetensors")
  }

  private static func family(_ name: String) throws -> any ChatFamily {
    let files = try ModelFiles(folder: folder(name))
    return try #require(try Families.chatType(of: files)).init(files)
  }

  private static func model(
    _ family: any ChatFamily, _ name: String, _ precision: Arithmetic = .float32
  ) throws -> any ChatModel {
    let weights = Weights(try Checkpoint.open(folder(name)), precision: precision)
    let model = try family.model(weights)
    try weights.requireAllRead(ignoring: type(of: family).unusedTensors)
    return model
  }

  private static func prepared(
    _ item: Conversations.Item, _ family: any ChatFamily
  ) throws -> [PreparedPicture] {
    let names = item.turns.flatMap(\.images)
    guard !names.isEmpty else { return [] }
    return try family.prepare(
      names.map { try Raster(contentsOf: Goldens.url("images/\($0)").path) })
  }

  @Test(arguments: names)
  func `pixels and ids are the reference's`(_ name: String) throws {
    let family = try Self.family(name)
    let tokenizer = try Tokenizer(folder: Self.folder(name))
    let first = try Self.expected(name)["pixels.0"]
    for (index, item) in try Self.items(name).enumerated() {
      let pictures = try Self.prepared(item, family)
      if let pixels = item.pixels {
        if index == 0, let first {
          let found = Array(pictures[0].tiles.elements.prefix(first.elementCount))
          #expect(found == first.elements)
        }
        #expect(pictures.reduce(0) { $0 + $1.tiles.rowCount } == item.tiles, "\(index)")
        #expect(Fingerprint(pictures.map(\.tiles)).text == pixels, "\(index)")
      }
      let text = try family.expand(item.prompt, pictures)
      let begin = tokenizer.specialTokens.bosID.flatMap(tokenizer.token)
      let isBegun = begin.map(text.hasPrefix) ?? false
      let ids = tokenizer.encode(
        text, addSpecialTokens: family.format.pictureToken != nil && !isBegun
      ).ids
      #expect(ids == item.ids, "\(index): \(text)")
    }
  }

  @Test(arguments: names)
  func `what is seen, logits and tokens are the reference's`(_ name: String) throws {
    let family = try Self.family(name)
    let model = try Self.model(family, name)
    let expected = try Self.expected(name)
    for (index, item) in try Self.items(name).enumerated() {
      let pictures = try model.see(Self.prepared(item, family), trace: nil)
      if let seen = expected["seen.\(index)"] {
        #expect(Tensor.concatenating(pictures).shape == seen.shape)
        #expect(Self.difference(.concatenating(pictures), seen) == nil, "\(index)")
      }
      var session = model.session()
      var logits = try session.read(item.ids, pictures: pictures)
      let first = try #require(expected["first.\(index)"])
      #expect(Self.difference(logits, first) == nil, "\(index)")
      var written: [Int] = []
      while true {
        let numbers = logits.elements
        written.append(numbers.indices.max { numbers[$0] < numbers[$1] } ?? 0)
        guard written.count < item.written.count else { break }
        logits = try session.read([written[written.count - 1]])
      }
      #expect(written == item.written, "\(index)")
      let last = try #require(expected["last.\(index)"])
      #expect(Self.difference(logits, last) == nil, "\(index)")
    }
  }

  @Test(arguments: names)
  func `stages have the reference's names and values`(_ name: String) throws {
    let family = try Self.family(name)
    let model = try Self.model(family, name)
    let item = try Self.items(name)[0]
    let stages = try recordedStages { trace in
      let pictures = try model.see(Self.prepared(item, family), trace: trace)
      _ = try model.trace(item.ids, pictures: pictures, trace: trace)
    }
    let expected = try Self.expected(name).filter { $0.key.hasPrefix("stage.") }
    #expect(expected.count >= 6)
    for (key, tensor) in expected {
      let stage = try #require(stages[String(key.dropFirst(6))], "\(key)")
      #expect(Self.difference(stage, tensor) == nil, "\(key)")
    }
  }

  @Test(arguments: names)
  func `a picture is seen with the same bits beside others`(_ name: String) throws {
    let family = try Self.family(name)
    guard family.format.pictureToken != nil else { return }
    let model = try Self.model(family, name)
    let raster = try ["rgb.png", "wide.png", "tall.png"].map {
      try Raster(contentsOf: Goldens.url("images/\($0)").path)
    }
    let alone = try raster.map { try family.prepare([$0])[0] }
    let together = try model.see(alone, trace: nil)
    for (picture, seen) in zip(alone, together) {
      #expect(try model.see([picture], trace: nil)[0].elements == seen.elements)
    }
  }
}

/// FNV-1a of 64 bits over numbers as bytes, the lowest first.
private struct Fingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  init(_ tensors: [Tensor]) {
    for number in tensors.lazy.flatMap(\.elements) {
      for shift in stride(from: 0, to: 32, by: 8) {
        let byte = UInt64(number.bitPattern >> UInt32(shift) & 0xff)
        value = (value ^ byte) &* 0x100_0000_01b3
      }
    }
  }

  var text: String {
    let hex = String(value, radix: 16)
    return String(repeating: "0", count: 16 - hex.count) + hex
  }
}
