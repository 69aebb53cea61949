import Foundation
import TesseraCheckpoints
import TesseraImages
import TesseraLayers
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import TesseraTokenizers
import Testing

/// Answers about pictures, stage by stage and token by token beside transformers.
@Suite struct ChatModelTests {
  private struct Inputs: Decodable {
    struct Item: Decodable {
      let prompt: String
      let ids: [Int]
      let written: [Int]
      let rows: Int
      let cols: Int
      let splitting: Bool
      let image: String?

      private enum CodingKeys: String, CodingKey {
        case prompt, ids, rows, cols, splitting, image
        case written = "generated_ids"
      }
    }
    let items: [Item]
  }

  private static let folder = Goldens.url("zoo/smolvlm")

  private func items() throws -> [Inputs.Item] {
    try Goldens.json("zoo/smolvlm/inputs.json", as: Inputs.self).items
  }

  /// The golden, or a copy that does not cut pictures.
  private func family(splitting: Bool) throws -> any ChatFamily {
    guard !splitting else { return try Self.family(of: Self.folder) }
    let copies = try TemporaryFolder()
    let copy = copies.url.appending(path: "model")
    try FileManager.default.copyItem(at: Self.folder, to: copy)
    let file = copy.appending(path: "preprocessor_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
      .replacingOccurrences(
        of: "\"do_image_splitting\": true", with: "\"do_image_splitting\": false")
    try Data(text.utf8).write(to: file)
    return try Self.family(of: copy)
  }

  private static func family(of folder: URL) throws -> any ChatFamily {
    let files = try ModelFiles(folder: folder)
    return try #require(try Families.chatType(of: files)).init(files)
  }

  private func model(_ precision: Arithmetic = .float32) throws -> any ChatModel {
    let family = try Self.family(of: Self.folder)
    let weights = Weights(try Checkpoint.open(Self.folder), precision: precision)
    let model = try family.model(weights)
    try weights.requireAllRead(ignoring: type(of: family).unusedTensors)
    return model
  }

  private func prepared(_ item: Inputs.Item) throws -> [PreparedPicture] {
    guard let image = item.image else { return [] }
    let raster = try Raster(contentsOf: Goldens.url("images/\(image)").path)
    return try family(splitting: item.splitting).prepare([raster])
  }

  private func largest(_ logits: Tensor) -> Int {
    let numbers = logits.elements
    return numbers.indices.max { numbers[$0] < numbers[$1] } ?? 0
  }

  @Test func `tiles are the reference's to the bit`() throws {
    let expected = try Goldens.tensors("zoo/smolvlm/expected.safetensors")
    for (index, item) in try items().enumerated() where item.image != nil {
      let picture = try #require(try prepared(item).first)
      #expect(picture.rows == item.rows && picture.columns == item.cols)
      guard let pixels = expected["pixels.\(index)"] else { continue }
      #expect(picture.tiles.shape == pixels.shape)
      #expect(picture.tiles.elements == pixels.elements, "item \(index)")
    }
  }

  @Test func `a placeholder becomes the picture's tokens`() throws {
    let tokenizer = try Tokenizer(folder: Self.folder)
    for item in try items() {
      let family = try family(splitting: item.splitting)
      let pictures = try prepared(item)
      let picture = item.image == nil ? " " : "<image>"
      let question =
        item.image == nil ? "What is the capital of France?" : "What is in this picture?"
      let text = try family.expand(
        "<|im_start|>User:\(picture)\(question)<end_of_utterance>\nAssistant:", pictures)
      #expect(text == item.prompt)
      #expect(tokenizer.encode(text).ids == item.ids)
      #expect(throws: ChatError.self) { try family.expand("<image><image>", pictures) }
    }
  }

  @Test func `what is written is the reference's, token by token`() throws {
    let expected = try Goldens.tensors("zoo/smolvlm/expected.safetensors")
    let model = try model()
    for (index, item) in try items().enumerated() {
      let pictures = try model.see(prepared(item), trace: nil)
      var session = model.session()
      var logits = try session.read(item.ids, pictures: pictures)
      let reference = try #require(expected["item.\(index)"])
      #expect(disagreement(logits.elements, reference.elements, .activation) == nil, "\(index)")
      var written: [Int] = []
      while written.count < item.written.count {
        written.append(largest(logits))
        logits = try session.read([written[written.count - 1]])
      }
      #expect(written == item.written, "\(index)")
      #expect(session.count == item.ids.count + written.count)
    }
  }

  @Test func `stages have the reference's names and values`() throws {
    let expected = try Goldens.tensors("zoo/smolvlm/expected.safetensors")
    let item = try items()[0]
    let model = try model()
    let stages = try recordedStages { trace in
      let pictures = try model.see(prepared(item), trace: trace)
      _ = try model.trace(item.ids, pictures: pictures, trace: trace)
    }
    for (name, tensor) in expected where name.hasPrefix("stage.") {
      let stage = try #require(stages[String(name.dropFirst(6))], "\(name)")
      // Of pictures, the reference shows the first tile.
      let values = Array(stage.elements.prefix(tensor.elementCount))
      #expect(disagreement(values, tensor.elements, .activation) == nil, "\(name)")
    }
  }

  @Test(arguments: Arithmetic.allCases)
  func `a token's logits are the same bits, however it was read`(_ precision: Arithmetic) throws {
    let item = try items()[3]
    let model = try model(precision)
    // Longer than a block of the cache.
    let ids = (0..<20).flatMap { _ in item.ids }
    // Weights are packed for good by the second product.
    for _ in 0..<2 {
      var warm = model.session()
      _ = try warm.read(item.ids)
    }
    var whole = model.session()
    let expected = try whole.read(ids).elements
    for cut in [1, 37, 511, 512, 513, ids.count - 1] {
      var parts = model.session()
      _ = try parts.read(Array(ids[..<cut]))
      #expect(try parts.read(Array(ids[cut...])).elements == expected, "\(cut)")
    }
    var stepwise = model.session()
    _ = try stepwise.read(Array(ids[..<505]))
    var last: [Float] = []
    for id in ids[505...] { last = try stepwise.read([id]).elements }
    #expect(last == expected)

    // What was forgotten leaves nothing behind; copies go on by themselves.
    var copy = stepwise
    copy.truncate(to: 100)
    _ = try copy.read([5, 6, 7])
    copy.truncate(to: 100)
    #expect(try copy.read(Array(ids[100...])).elements == expected)
    stepwise.truncate(to: ids.count - 1)
    #expect(try stepwise.read([ids[ids.count - 1]]).elements == expected)
  }

  @Test func `what does not fit is refused, and nothing is read`() throws {
    let model = try model()
    let item = try items()[0]
    let pictures = try model.see(prepared(item), trace: nil)
    var session = model.session()
    #expect(throws: ChatError.pictureTokens(tokens: 0, vectors: 20)) {
      try session.read([1, 2], pictures: pictures)
    }
    _ = try session.read(Array(repeating: 5, count: 2000))
    #expect(throws: ChatError.tooLong(tokens: 2049, limit: 2048)) {
      try session.read(Array(repeating: 5, count: 49))
    }
    #expect(session.count == 2000)
  }
}
