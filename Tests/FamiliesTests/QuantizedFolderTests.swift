import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// Folders whose weights were quantized when they were converted.
@Suite struct QuantizedFolderTests {
  @Test(arguments: GoldenFamily.all)
  func `vectors are those of the whole folder in int8, to the bit`(_ family: GoldenFamily) throws {
    let folder = try family.folder()
    let whole = try Embedder(modelFolder: folder, options: .init(precision: .int8))
    let exact = try Embedder(modelFolder: folder)
    let quantized = try Embedder(modelFolder: ConvertedModels.quantized(folder))
    #expect(quantized.precision == .int8)
    #expect(quantized.vectorKinds == whole.vectorKinds)
    let image = Goldens.url("images/photo-420.jpg")
    var items: [Item] =
      whole.supportsTexts ? ["a blue whale", "", "一匹马牵着这辆车"].map { .text($0) } : []
    if whole.supportsImages { items.append(.image(image)) }
    if whole.supportsImages, whole.supportsTexts, whole.model.labelScoring == nil,
      whole.format.fusion != .separateTowers(imageTokens: whole.format.fusion.imageTokens)
    {
      items.append(.pair(image: image, text: "whale"))
    }
    for item in items {
      let one = try quantized.encode(item, returning: quantized.vectorKinds)
      let other = try whole.encode(item, returning: whole.vectorKinds)
      #expect(one.vector == other.vector)
      #expect(one.lexicalWeights == other.lexicalWeights)
      #expect(one.colbertVectors == other.colbertVectors)
      let reference = try exact.encode(item)
      // ALIGN's convolutions are computed in single precision whatever the arithmetic.
      #expect(one.vector != reference.vector || family.name == "align" && item.image != nil)
      #expect(one.similarity(to: reference) > 0.98)
    }
  }

  @Test(arguments: [Precision.float32, .bfloat16])
  func `a quantized folder has no other arithmetic`(_ precision: Precision) throws {
    let folder = try ConvertedModels.quantized(Goldens.url("clip-tiny"))
    let error = #expect(throws: EmbedderError.self) {
      try Embedder(modelFolder: folder, options: .init(precision: precision))
    }
    #expect(error.map { "\($0)".contains("quantized to int8") } == true)
  }

  private static let weight = "encoder.layer.0.intermediate.dense.weight"
  private static let scales = "encoder.layer.0.intermediate.dense.weight_scale"

  /// What is done to one tensor, nil to leave it out, and what the error says.
  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let tensor: StoredTensor?
    let reason: String

    var testDescription: String { reason }
  }

  static let damages = [
    Damage(name: scales, tensor: nil, reason: "expected a tensor '\(scales)', found none"),
    Damage(
      name: scales, tensor: StoredTensor(ones(256), shape: [256]),
      reason: "tensor '\(scales)': expected shape [256, 1], found [256]"),
    Damage(
      name: scales, tensor: StoredTensor(ones(512), shape: [256, 2]),
      reason: "tensor '\(scales)': expected shape [256, 1], found [256, 2]"),
    Damage(
      name: scales, tensor: StoredTensor(ones(255) + [.nan], shape: [256, 1]),
      reason: "tensor '\(scales)': expected finite scales of 0 or more, found nan"),
    Damage(
      name: scales, tensor: StoredTensor([.infinity] + ones(255), shape: [256, 1]),
      reason: "tensor '\(scales)': expected finite scales of 0 or more, found inf"),
    Damage(
      name: scales, tensor: StoredTensor([-1] + ones(255), shape: [256, 1]),
      reason: "tensor '\(scales)': expected finite scales of 0 or more, found -1.0"),
    Damage(
      name: scales, tensor: bytes(.i8, [256, 1]),
      reason: "tensor '\(scales)': expected a floating-point dtype, found I8"),
    Damage(
      name: weight, tensor: bytes(.i8, [64, 256]),
      reason: "tensor '\(weight)': expected shape [256, 64], found [64, 256]"),
    Damage(
      name: weight, tensor: bytes(.u8, [256, 64]),
      reason: "tensor '\(weight)': expected a floating-point dtype, found U8"),
    Damage(
      name: weight, tensor: StoredTensor(ones(256 * 64), shape: [256, 64]),
      reason: "1 tensors have no place in this model: '\(scales)'"),
    Damage(
      name: "embeddings.word_embeddings.weight", tensor: bytes(.i8, [3000, 64]),
      reason: "tensor 'embeddings.word_embeddings.weight': expected a floating-point dtype"),
    Damage(
      name: "embeddings.LayerNorm.weight", tensor: bytes(.i8, [64]),
      reason: "tensor 'embeddings.LayerNorm.weight': expected a floating-point dtype, found I8"),
  ]

  @Test(arguments: damages) func `damage is described`(_ damage: Damage) throws {
    let source = try SentenceEncoderFolder().write()
    let folder = try withExtendedLifetime(source) { try ConvertedModels.quantized(source.url) }
    let checkpoint = try Checkpoint.open(folder)
    var tensors: [String: StoredTensor] = [:]
    for name in checkpoint.names { tensors[name] = checkpoint[name] }
    #expect(tensors[damage.name] != nil)
    tensors[damage.name] = damage.tensor
    let file = folder.appending(path: "model.safetensors")
    let damaged = folder.appending(path: "damaged.safetensors")
    try SafetensorsWriter.write(tensors, to: damaged.path)
    try FileManager.default.removeItem(at: file)
    try FileManager.default.moveItem(at: damaged, to: file)

    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder) }
    guard case .unusableModel(_, let reason) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "no error")")
      return
    }
    #expect(reason.contains(damage.reason), "\(reason)")
    #expect(reason.contains(folder.path))
  }

  private static func ones(_ count: Int) -> [Float] { .init(repeating: 1, count: count) }

  private static func bytes(_ dtype: DType, _ shape: [Int]) -> StoredTensor {
    let storage = TensorStorage(byteCount: shape.reduce(1, *)) {
      $0.initializeMemory(as: UInt8.self, repeating: 1)
    }
    return StoredTensor(dtype: dtype, shape: shape, storage: storage)
  }
}
