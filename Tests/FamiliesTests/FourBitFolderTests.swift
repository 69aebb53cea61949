import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraImages
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import Testing

/// Folders of models that chat, whose decoders had their weights quantized to four bits.
@Suite struct FourBitFolderTests {
  private typealias Conversations = ConversationGoldenTests.Conversations

  /// Logits of the first conversations, and of some tokens behind each.
  private func logits(_ folder: URL, like golden: String, _ precision: Arithmetic) throws
    -> [[Float]]
  {
    let files = try ModelFiles(folder: folder)
    let family = try #require(try Families.chatType(of: files)).init(files)
    let weights = Weights(try Checkpoint.open(folder), precision: precision)
    let model = try family.model(weights)
    try weights.requireAllRead(ignoring: type(of: family).unusedTensors)
    let items = try Goldens.json("zoo/\(golden)/conversations.json", as: Conversations.self).items
    return try items.prefix(2).flatMap { item -> [[Float]] in
      let pictures = try item.turns.flatMap(\.images).map {
        try Raster(contentsOf: Goldens.url("images/\($0)").path)
      }
      let seen = pictures.isEmpty ? [] : try model.see(family.prepare(pictures), trace: nil)
      var session = model.session()
      let first = try session.read(item.ids, pictures: seen).elements
      return try [first] + item.written.prefix(3).map { try session.read([$0]).elements }
    }
  }

  @Test(arguments: ConversationGoldenTests.names)
  func `logits are those of the whole folder in int4, to the bit`(_ name: String) throws {
    let folder = Goldens.url("zoo/\(name)")
    let stored = try ConvertedModels.fourBits(folder)
    let whole = try logits(folder, like: name, .int4)
    #expect(try logits(stored, like: name, .int4) == whole)
    #expect(try logits(folder, like: name, .int8) != whole)
    #expect(try LocalChat(modelFolder: stored).precision == .int4)
  }

  @Test(arguments: ConversationGoldenTests.names)
  func `a decoder has four bits, a tower bytes, all else keeps its bits`(_ name: String) throws {
    let source = try Checkpoint.open(Goldens.url("zoo/\(name)"))
    let found = try Checkpoint.open(ConvertedModels.fourBits(Goldens.url("zoo/\(name)")))
    var fourBitCount = 0
    for tensor in source.tensors {
      let stored = try #require(found.info(tensor.name))
      guard Families.isQuantized(tensor.name) else {
        #expect(stored == tensor)
        #expect(bytes(found[tensor.name]) == bytes(source[tensor.name]), "\(tensor.name)")
        continue
      }
      let scales = try #require(found.info(QuantizedNames.scale(of: tensor.name)))
      let groups = (tensor.shape[1] + 31) / 32
      if tensor.name.contains("vision") {
        #expect(stored.dtype == .i8 && stored.shape == tensor.shape, "\(tensor.name)")
      } else {
        fourBitCount += 1
        #expect(stored.dtype == .u8 && stored.shape == [tensor.shape[0], 16 * groups])
        #expect(scales.dtype == .bf16 && scales.shape == [tensor.shape[0], groups])
        #expect(found.hasFourBits(stored))
      }
    }
    // Seven matrices each of two layers.
    #expect(fourBitCount == 14)
  }

  @Test func `a folder of four bits has no other arithmetic, and one of bytes not this`() throws {
    let golden = Goldens.url("zoo/smolvlm")
    let (fourBits, bytes) = (
      try ConvertedModels.fourBits(golden), try ConvertedModels.quantized(golden)
    )
    for (folder, precision, word) in [
      (fourBits, Precision.float32, "int4"), (fourBits, .bfloat16, "int4"),
      (fourBits, .int8, "int4"), (bytes, .int4, "int8"),
    ] {
      let error = #expect(throws: EmbedderError.self) {
        try LocalChat(modelFolder: folder, options: .init(precision: precision))
      }
      #expect(
        error.map { "\($0)" }?.contains("quantized to \(word)") == true, "\(word), \(precision)")
    }
  }

  // MARK: Damage

  private static let weight = "model.layers.0.mlp.down_proj.weight"
  private static let scales = "model.layers.0.mlp.down_proj.weight_scale"

  /// What is done to one tensor, nil to leave it out, or to the file's texts, and what the error says.
  struct Damage: Sendable, CustomTestStringConvertible {
    var name: String?
    var tensor: StoredTensor?
    var metadata: [String: String] = [:]
    let reason: String

    var testDescription: String { reason }
  }

  /// Weights of [32, 48].
  static let damages = [
    Damage(name: scales, reason: "expected a tensor '\(scales)', found none"),
    Damage(
      name: scales, tensor: filled(.bf16, [32, 1]),
      reason: "tensor '\(scales)': expected shape [32, 2], found [32, 1]"),
    Damage(
      name: scales, tensor: filled(.f32, [32, 2]),
      reason: "tensor '\(scales)': expected scales in BF16, found F32"),
    Damage(
      name: scales, tensor: filled(.bf16, [32, 2], 0xFF),
      reason: "tensor '\(scales)': expected finite scales, found one that is not"),
    Damage(
      name: weight, tensor: filled(.u8, [32, 24]),
      reason: "tensor '\(weight)': expected shape [32, 32], found [32, 24]"),
    Damage(
      name: weight, tensor: filled(.i8, [32, 48]),
      reason: "tensor '\(weight)': expected a floating-point dtype, found I8"),
    Damage(
      name: weight, tensor: filled(.f32, [32, 48]),
      reason: "1 tensors have no place in this model: '\(scales)'"),
    Damage(
      name: "model.norm.weight", tensor: filled(.u8, [32]),
      reason: "tensor 'model.norm.weight': expected a floating-point dtype, found U8"),
    Damage(
      metadata: ["int4_group_size": "64"],
      reason: "it needs int4_group_size '32' in __metadata__, found '64'"),
    Damage(
      metadata: ["int4_packing": "pairs"],
      reason: "it needs int4_packing '\(FourBitLayout.metadata["int4_packing"] ?? "")'"),
  ]

  @Test(arguments: damages) func `damage is described`(_ damage: Damage) throws {
    let folder = try ConvertedModels.fourBits(Goldens.url("zoo/qwen2-chat"))
    let file = folder.appending(path: "model.safetensors").path
    let source = try SafetensorsFile(path: file)
    var tensors: [String: StoredTensor] = [:]
    for name in source.names { tensors[name] = source[name] }
    if let name = damage.name {
      #expect(tensors[name] != nil)
      tensors[name] = damage.tensor
    }
    try rewrite(file, tensors, source.metadata.merging(damage.metadata) { $1 })
    try expectRefusal(of: folder, damage.reason)
  }

  @Test func `bytes of which a file says nothing are no weights`() throws {
    let folder = try ConvertedModels.fourBits(Goldens.url("zoo/qwen2-chat"))
    let file = folder.appending(path: "model.safetensors").path
    let source = try SafetensorsFile(path: file)
    var tensors: [String: StoredTensor] = [:]
    for name in source.names { tensors[name] = source[name] }
    try rewrite(file, tensors, [:])
    try expectRefusal(of: folder, "expected shape [32, 32], found [32, 16]")
  }

  private func rewrite(
    _ file: String, _ tensors: [String: StoredTensor], _ metadata: [String: String]
  ) throws {
    let infos = tensors.compactMap { TensorInfo(name: $0, dtype: $1.dtype, shape: $1.shape) }
    try SafetensorsWriter(infos, metadata: metadata).write(to: file + ".new") {
      try #require(tensors[$0.name])
    }
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.moveItem(atPath: file + ".new", toPath: file)
  }

  private func expectRefusal(of folder: URL, _ expected: String) throws {
    let error = #expect(throws: EmbedderError.self) { try LocalChat(modelFolder: folder) }
    guard case .unusableModel(_, let reason) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "no error")")
      return
    }
    #expect(reason.contains(expected), "\(reason)")
    #expect(reason.contains(folder.path))
  }

  private func bytes(_ tensor: StoredTensor?) -> [UInt8]? { tensor?.withBytes { Array($0) } }

  private static func filled(_ dtype: DType, _ shape: [Int], _ byte: UInt8 = 0) -> StoredTensor {
    let count = shape.reduce(dtype.byteCount, *)
    let storage = TensorStorage(byteCount: count) {
      $0.initializeMemory(as: UInt8.self, repeating: byte)
    }
    return StoredTensor(dtype: dtype, shape: shape, storage: storage)
  }
}
