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
  @Test(arguments: GoldenFamily.all)
  func `a model reads bytes for every listed matrix, and for no other`(_ family: GoldenFamily)
    throws
  {
    let folder = try family.folder()
    let model = try Families.family(of: ModelFiles(folder: folder))
    func build(_ weights: Weights) throws {
      _ = try model.model(weights) { try Tokenizer(modelFolder: folder) }
    }
    let source = try Checkpoint.open(folder)
    let whole = Weights(source, precision: .int8)
    try build(whole)
    let unread = Set(whole.unreadNames())
    let matrices = source.tensors.filter { $0.shape.count == 2 && !unread.contains($0.name) }
    #expect(matrices.contains { Families.isQuantized($0.name) })
    // A model of pictures alone has no table of words.
    #expect(matrices.contains { !Families.isQuantized($0.name) } || family.name == "dinov2")
    #expect(
      source.tensors.allSatisfy { !Families.isQuantized($0.name) || matrices.contains($0) })

    let copies = try TemporaryFolder()
    for matrix in matrices {
      let file = copies.path("model.safetensors")
      try source.write(to: file, quantizing: matrix.name)
      let weights = Weights(try Checkpoint(path: file), precision: .int8)
      if Families.isQuantized(matrix.name) {
        try build(weights)
        #expect(Set(weights.unreadNames()) == unread, "\(matrix.name)")
      } else {
        #expect(throws: WeightsError.dtype(file: file, name: matrix.name, found: .i8)) {
          try build(weights)
        }
      }
    }
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
