import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport

/// Pictures that the model was not trained on, and queries with the pictures that answer them.
/// `models/picturebook/training/gallery.py --test` draws them.
struct PictureBookCases {
  struct Query: Decodable {
    let kind: String
    let text: String?
    let image: String?
    let relevant: [String]
  }

  let pictures: [String]
  let queries: [Query]
  private let folder: URL

  init() throws {
    struct Picture: Decodable { let image: String }
    guard let resources = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
    let folder = resources.appending(path: "Cases/picturebook")
    func lines<Line: Decodable>(_ name: String) throws -> [Line] {
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }
    self.folder = folder
    pictures = try (lines("pictures.jsonl") as [Picture]).map(\.image)
    queries = try lines("queries.jsonl")
  }

  func item(_ query: Query) -> Item {
    Item(text: query.text, image: query.image.map { .file(folder.appending(path: $0)) })
  }

  /// The share of queries of each kind whose first hit is right.
  ///
  /// The picture that a query shows is no candidate.
  func recalls(_ embedder: Embedder) throws -> [String: Double] {
    let items = pictures.map { Item.image(folder.appending(path: $0)) }
    let candidates = try zip(pictures, embedder.encode(items)).map { ($0, try $1.get()) }
    let vectors = try embedder.encode(queries.map(item)).map { try $0.get() }
    var hits: [String: [Bool]] = [:]
    for (query, vector) in zip(queries, vectors) {
      let best = candidates.filter { $0.0 != query.image }.max {
        $0.1.similarity(to: vector) < $1.1.similarity(to: vector)
      }
      hits[query.kind, default: []].append(best.map { query.relevant.contains($0.0) } ?? false)
    }
    return hits.mapValues { Double($0.count { $0 }) / Double($0.count) }
  }
}

/// The picture book with its last layer, of one tower or the other, left out.
enum CutPictureBook {
  enum Tower: String, CaseIterable {
    case text = "text_config"
    case image = "vision_config"

    func prefix(layer: Int) -> String {
      switch self {
      case .text: "bge_encoder.layer.\(layer)."
      case .image: "model_visual.visual.blocks.\(layer)."
      }
    }
  }

  static func write(without tower: Tower) throws -> TemporaryFolder {
    let source = try Embedder.pictureBookFolder()
    let target = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      try FileManager.default.copyItem(
        at: source.appending(path: name), to: target.url.appending(path: name))
    }
    let layer = try dropLayer(tower, in: target.url.appending(path: "config.json"))
    let checkpoint = try Checkpoint.open(source)
    let kept = checkpoint.tensors.filter { !$0.name.hasPrefix(tower.prefix(layer: layer)) }
    let weights = target.url.appending(path: "model.safetensors")
    try FileManager.default.removeItem(at: weights)
    try SafetensorsWriter(kept).write(to: weights.path) {
      checkpoint[$0.name] ?? StoredTensor([], shape: [0])
    }
    return target
  }

  /// Returns the number of the layer that goes.
  private static func dropLayer(_ tower: Tower, in file: URL) throws -> Int {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    guard var config = object as? [String: Any],
      var part = config[tower.rawValue] as? [String: Any],
      let count = part["num_hidden_layers"] as? Int
    else { throw CocoaError(.coderValueNotFound) }
    part["num_hidden_layers"] = count - 1
    config[tower.rawValue] = part
    try JSONSerialization.data(withJSONObject: config).write(to: file)
    return count - 1
  }
}
