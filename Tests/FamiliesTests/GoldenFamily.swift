import Foundation
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// A small model of a family, with what the reference says of some items.
struct GoldenFamily: Sendable, CustomTestStringConvertible {
  let name: String
  /// The model's folder, as a user would have it.
  let folder: @Sendable () throws -> URL
  /// The reference's vectors.
  let answers: @Sendable () throws -> [Answer]
  /// The reference's activations of some of these items, by PyTorch's module paths.
  let stages: @Sendable () throws -> [(item: Item, stages: [String: Tensor])]

  struct Answer {
    let item: Item
    let ids: [Int]?
    let vector: [Float]
  }

  var testDescription: String { name }

  /// Every family; a new one adds a line.
  static let all = [
    visualized("visual-tiny-en") { try ConvertedModels.visualTinyEnglish.get() },
    visualized("visual-tiny-m3") { try ConvertedModels.visualTinyM3.get() },
    bgeM3, clip, bert, zoo("roberta"), zoo("distilbert"),
    zoo("labse"), zoo("clip-multilingual"), zoo("st-all-poolings"),
    zoo("mpnet"), zoo("albert"), zoo("electra"), zoo("modernbert"), zoo("nomic-bert"),
    zoo("gte-new"), zoo("gte-multilingual"), zoo("jina-v2"),
    zoo("jina-code"), zoo("jina-v3"), zoo("jina-v3-transformers"), zoo("eurobert"),
    zoo("chinese-clip"), zoo("bge-vl"), zoo("dinov2"), zoo("siglip"), zoo("siglip2"),
    zoo("siglip2-naflex"), zoo("altclip"), zoo("align"), zoo("open-clip"), zoo("eva-clip"),
    zoo("jina-clip"), zoo("imagebind"), blipMatching,
    zoo("qwen3-embedding"), zoo("e5-mistral"), zoo("gte-qwen2"), zoo("embedding-gemma"),
    zoo("llama-embedding"),
  ]
}

extension GoldenFamily {
  /// A folder that holds its answers: `inputs.json` and `expected.safetensors`.
  static func zoo(_ name: String) -> GoldenFamily {
    let path = "zoo/\(name)"
    let inputs: @Sendable () throws -> ZooInputs = {
      try Goldens.json("\(path)/inputs.json", as: ZooInputs.self)
    }
    return GoldenFamily(name: name) {
      Goldens.url(path)
    } answers: {
      let expected = try Goldens.tensors("\(path)/expected.safetensors")
      // A mean of patches is another's idea of DINOv2's vector.
      return try inputs().items.enumerated().filter { $1.vector?.hasPrefix("mean") != true }.map {
        i, item in
        Answer(
          item: item.item, ids: item.ids,
          vector: try #require(expected["item.\(i)"], "item.\(i)").elements)
      }
    } stages: {
      let expected = try Goldens.tensors("\(path)/expected.safetensors")
      let inputs = try inputs()
      let stages = expected.filter { $0.key.hasPrefix("stage.") }.map {
        (String($0.key.dropFirst("stage.".count)), $0.value)
      }
      switch inputs.stagesOf {
      case .item(let index):
        // What differs from another golden by its head alone has no stages of its own.
        return stages.isEmpty
          ? [] : [(inputs.items[index].item, Dictionary(uniqueKeysWithValues: stages))]
      case .towers(let text, let image):
        let ofText = stages.filter { $0.0.contains("text") }
        let ofImage = stages.filter { $0.0.contains("vis") }
        return [
          (.text(text), Dictionary(uniqueKeysWithValues: ofText)),
          (.image(Goldens.url("images/\(image)")), Dictionary(uniqueKeysWithValues: ofImage)),
        ]
      case nil:
        return stages.isEmpty
          ? [] : [(inputs.items[0].item, Dictionary(uniqueKeysWithValues: stages))]
      }
    }
  }

  private static func visualized(
    _ name: String, _ folder: @escaping @Sendable () throws -> URL
  ) -> GoldenFamily {
    struct Cases: Decodable { let items: [ZooInputs.Entry] }
    return GoldenFamily(name: name, folder: folder) {
      let expected = try Goldens.tensors("\(name)/expected-embeddings.safetensors")
      return try Goldens.json("\(name)/cases.json", as: Cases.self).items.enumerated().map {
        i, item in
        Answer(
          item: item.item, ids: item.image == nil ? item.ids : nil,
          vector: try #require(expected["item.\(i)"]).elements)
      }
    } stages: {
      // The other backbone's stages have names of their own; its model's tests compare them.
      guard name == "visual-tiny-en" else { return [] }
      return [(.text("blue whale"), try Goldens.tensors("\(name)/trace-text.safetensors"))]
    }
  }

  private static let bgeM3 = GoldenFamily(name: "bge-m3") {
    try ConvertedModels.bgeM3Tiny.get()
  } answers: {
    struct Cases: Decodable { let items: [ZooInputs.Entry] }
    let expected = try Goldens.tensors("bge-m3-tiny/expected.safetensors")
    return try Goldens.json("bge-m3-tiny/cases.json", as: Cases.self).items.enumerated().map {
      i, item in
      Answer(
        item: item.item, ids: item.ids, vector: try #require(expected["dense.\(i)"]).elements)
    }
  } stages: {
    []
  }

  private static let clip = GoldenFamily(name: "clip") {
    Goldens.url("clip-tiny")
  } answers: {
    struct Cases: Decodable {
      let labels: [String]
      let images: [String]
    }
    let cases = try Goldens.json("clip-tiny/cases.json", as: Cases.self)
    let expected = try Goldens.tensors("clip-tiny/expected.safetensors")
    let (texts, images) = (try #require(expected["text"]), try #require(expected["image"]))
    return cases.labels.enumerated().map {
      Answer(item: .text($1), ids: nil, vector: texts.row($0).elements)
    }
      + cases.images.enumerated().map {
        Answer(
          item: .image(Goldens.url("images/\($1)")), ids: nil, vector: images.row($0).elements)
      }
  } stages: {
    []
  }

  /// BERT's answers are those of Visualized-BGE for texts, whose encoder it is.
  private static let bert = GoldenFamily(name: "bert") {
    try bertFolder.get().url
  } answers: {
    struct Cases: Decodable { let items: [ZooInputs.Entry] }
    let expected = try Goldens.tensors("visual-tiny-en/expected-embeddings.safetensors")
    return try Goldens.json("visual-tiny-en/cases.json", as: Cases.self).items.enumerated()
      .filter { $1.image == nil }.map { i, item in
        Answer(
          item: item.item, ids: item.ids, vector: try #require(expected["item.\(i)"]).elements)
      }
  } stages: {
    let stages = try Goldens.tensors("visual-tiny-en/trace-text.safetensors")
    let own = stages.filter { $0.key.hasPrefix("bge_") }.map {
      (String($0.key.dropFirst("bge_".count)), $0.value)
    }
    return [(.text("blue whale"), Dictionary(uniqueKeysWithValues: own))]
  }

  private static let bertFolder = Result { try SentenceEncoderFolder().write() }
}

/// What the reference read.
private struct ZooInputs: Decodable {
  let items: [Entry]
  let stagesOf: StagesOf?

  private enum CodingKeys: String, CodingKey {
    case items
    case stagesOf = "stages_of"
  }

  /// An item by its number, or one for each tower.
  enum StagesOf: Decodable {
    case item(Int)
    case towers(text: String, image: String)

    private struct Towers: Decodable {
      let text: String
      let image: String
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let index = try? container.decode(Int.self) {
        self = .item(index)
      } else {
        let towers = try container.decode(Towers.self)
        self = .towers(text: towers.text, image: towers.image)
      }
    }
  }

  struct Entry: Decodable {
    let text: String?
    let image: String?
    let ids: [Int]?
    let vector: String?
    /// What stands before the text.
    let prompt: String?
    /// Which of the folder's prompts stands there.
    let promptName: String?

    private enum CodingKeys: String, CodingKey {
      case text, image, ids, vector, prompt
      case promptName = "prompt_name"
    }

    var item: Item {
      Item(
        text: text.map { (prompt ?? "") + $0 },
        image: image.map { .file(Goldens.url("images/\($0)")) },
        prompt: promptName.map(Prompt.named))
    }
  }
}
