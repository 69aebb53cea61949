import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import TesseraTokenizers
import Testing

/// The list of names by which weights are quantized ahead, against what the models themselves do.
@Suite struct QuantizedNamesTests {
  enum Family: CaseIterable {
    case visualizedOnBERT, visualizedOnXLMR, bgeM3, clip, sentenceEncoder
  }

  @Test(arguments: Family.allCases)
  func `a model reads bytes for every listed matrix, and for no other`(_ family: Family) throws {
    let model = try QuantizableModel(family)
    let source = try Checkpoint.open(model.folder)
    let whole = Weights(source, precision: .int8)
    try model.build(whole)
    let unread = Set(whole.unreadNames())
    let matrices = source.tensors.filter { $0.shape.count == 2 && !unread.contains($0.name) }
    #expect(matrices.contains { Families.isQuantized($0.name) })
    #expect(matrices.contains { !Families.isQuantized($0.name) })
    #expect(
      source.tensors.allSatisfy { !Families.isQuantized($0.name) || matrices.contains($0) })

    let folder = try TemporaryFolder()
    for matrix in matrices {
      let file = folder.path("model.safetensors")
      try source.write(to: file, quantizing: matrix.name)
      let weights = Weights(try Checkpoint(path: file), precision: .int8)
      if Families.isQuantized(matrix.name) {
        try model.build(weights)
        #expect(Set(weights.unreadNames()) == unread, "\(matrix.name)")
      } else {
        #expect(throws: WeightsError.dtype(file: file, name: matrix.name, found: .i8)) {
          try model.build(weights)
        }
      }
    }
  }
}

/// A small model of a family, and how it is built of weights.
struct QuantizableModel {
  let folder: URL

  init(_ family: QuantizedNamesTests.Family) throws {
    folder =
      switch family {
      case .visualizedOnBERT: try ConvertedModels.visualTinyEnglish.get()
      case .visualizedOnXLMR: try ConvertedModels.visualTinyM3.get()
      case .bgeM3: try ConvertedModels.bgeM3Tiny.get()
      case .clip: Goldens.url("clip-tiny")
      case .sentenceEncoder: try Self.sentenceEncoder.get().url
      }
  }

  private static let sentenceEncoder = Result { try SentenceEncoderFolder().write() }

  func build(_ weights: Weights) throws {
    let family = try Families.family(of: ModelFiles(folder: folder))
    _ = try family.model(weights) { try Tokenizer(modelFolder: folder) }
  }
}

extension Checkpoint {
  /// Writes all tensors, one of them as bytes with scales.
  fileprivate func write(to file: String, quantizing name: String) throws {
    var tensors: [String: StoredTensor] = [:]
    for other in names { tensors[other] = self[other] }
    let quantized = StoredMatrix(try #require(self[name])).quantized()
    tensors[name] = quantized.tensor
    tensors[QuantizedNames.scale(of: name)] = quantized.scales?.stored
    try SafetensorsWriter.write(tensors, to: file)
  }
}

extension SafetensorsWriter {
  /// Writes tensors by name.
  static func write(_ tensors: [String: StoredTensor], to file: String) throws {
    let infos = tensors.compactMap { TensorInfo(name: $0, dtype: $1.dtype, shape: $1.shape) }
    try SafetensorsWriter(infos).write(to: file) {
      tensors[$0.name] ?? StoredTensor([], shape: [0])
    }
  }
}
