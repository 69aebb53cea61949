import Foundation
import TesseraCheckpoints
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct QuantizationTests {
  private let visual = Goldens.url("visual-tiny-en/Visualized_visual-tiny-en.pth").path
  private let text = Goldens.url("visual-tiny-en").path
  private let clip = Goldens.url("clip-tiny").path
  private let micro = Converter.cases + "/bge-m3-micro"
  private let weight = "encoder.layer.0.output.dense.weight"

  @Test func `layers become bytes with scales, all else keeps its bits`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    let outcome = try converter.run(
      visual, "--text-model", text, "--quantize", "int8", "-o", model)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let (source, found) = (try Checkpoint(path: visual), try Checkpoint(path: model))
    // Six matrices each of three layers, seven each of three blocks.
    let quantized = source.names.filter(Families.isQuantized)
    #expect(quantized.count == 3 * 6 + 3 * 7)
    #expect(found.names.count == 137 + quantized.count)
    #expect(outcome.errors.isEmpty)
    for name in source.names where !quantized.contains(name) {
      #expect(found.info(name) == source.info(name))
      #expect(bytes(found[name]) == bytes(source[name]), "\(name)")
    }
    for name in quantized {
      let exact = try #require(source[name]).widened()
      let stored = try #require(found[name])
      let scales = try #require(found[name + "_scale"])
      #expect(stored.dtype == .i8 && stored.shape == exact.shape)
      #expect(scales.dtype == .f32 && scales.shape == [exact.shape[0], 1])
      for row in 0..<exact.rowCount {
        let scale = scales.widened().elements[row]
        let largest = exact.row(row).elements.map(abs).max() ?? 0
        #expect(abs(scale * 127 - largest) <= largest * 1e-6)
      }
      let wide = StoredMatrix(stored, scales: scales.widened()).widened()
      let step = scales.widened().elements.max() ?? 0
      #expect(
        disagreement(wide.elements, exact.elements, Tolerance(absolute: 0.501 * step, relative: 0))
          == nil)
    }
    // Without a format, since transformers would take the bytes for weights.
    let metadata = try SafetensorsFile(path: model + "/model.safetensors").metadata
    #expect(metadata.keys.sorted() == ["quantization"])
    #expect(metadata["quantization"]?.hasPrefix("int8: ") == true)
  }

  @Test func `every kind of source gives the same file`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let folder = converter.folder
    _ = try converter.run(
      visual, "--text-model", text, "--quantize", "int8", "-o", folder + "/direct")
    _ = try converter.run(visual, "--text-model", text, "-o", folder + "/whole")
    let outcome = try converter.run(folder + "/whole", "--quantize", "int8", "-o", folder + "/two")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try converter.names(in: "two") == converter.names(in: "direct"))
    for name in try converter.names(in: "two") where name != "1_Pooling" {
      #expect(
        FileManager.default.contentsEqual(
          atPath: "\(folder)/two/\(name)", andPath: "\(folder)/direct/\(name)"), "\(name)")
    }
  }

  @Test func `heads and other weights of a folder are left alone`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    #expect(try converter.run(micro, "--quantize", "int8", "-o", model).status == 0)
    #expect(
      try converter.run("--list", model).output == """
        embeddings.position_ids                    I64   [1, 5]
        colbert_linear.bias                        F32   [4]
        colbert_linear.weight                      F32   [4, 4]
        embeddings.word_embeddings.weight          F32   [10, 4]
        encoder.layer.0.output.dense.weight_scale  F32   [6, 1]
        sparse_linear.bias                         F32   [1]
        sparse_linear.weight                       F32   [1, 4]
        encoder.layer.0.output.dense.weight        I8    [6, 4]
        8 tensors, 100 parameters, 348 bytes

        """)
    #expect(
      try SafetensorsFile(path: model + "/2_Dense/model.safetensors").metadata == ["format": "pt"])
  }

  @Test func `a weight takes one byte, a scale four each group of inputs`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    _ = try converter.run(clip, "--quantize", "int8", "-o", converter.folder + "/model")
    let source = try Checkpoint(path: clip)
    let found = try Checkpoint(path: converter.folder + "/model")
    let expected = source.tensors.reduce(0) { sum, tensor in
      guard Families.isQuantized(tensor.name) else { return sum + tensor.byteCount }
      // Up to 256 inputs are one group, up to 768 two, and then there is one for each 384.
      let inputs = tensor.shape[1]
      let groups = inputs <= 256 ? 1 : max(2, (inputs + 383) / 384)
      return sum + tensor.elementCount + 4 * tensor.shape[0] * groups
    }
    #expect(found.tensors.reduce(0) { $0 + $1.byteCount } == expected)
  }

  // MARK: Errors

  @Test func `quantized weights are not quantized again`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    _ = try converter.run(micro, "--quantize", "int8", "-o", model)
    expectFailure(
      try converter.run(model, "--quantize", "int8", "-o", converter.folder + "/again"),
      "tensor '\(weight)': already quantized, found I8")
    expectFailure(
      try converter.run(model, "-o", converter.folder + "/again"), "nothing to convert")
    #expect(try converter.names(in: "") == ["model", "stderr", "stdout"])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `weights that are not finite are named`(_ value: Float) throws {
    var values = [Float](repeating: 1, count: 600 * 2)
    values[1100] = value
    try expectRefusal(
      of: [weight: StoredTensor(values, shape: [2, 600])],
      "tensor '\(weight)': numbers that are infinite or not a number have no scale")
  }

  @Test func `weights that are no matrix of floating-point numbers are named`() throws {
    try expectRefusal(
      of: [weight: StoredTensor([1, 2], shape: [2])],
      "tensor '\(weight)': expected a matrix, found shape [2]")
    try expectRefusal(
      of: [weight: StoredTensor([], shape: [2, 0])],
      "tensor '\(weight)': expected a matrix, found shape [2, 0]")
    let storage = TensorStorage(byteCount: 16) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
    try expectRefusal(
      of: [weight: StoredTensor(dtype: .i64, shape: [2, 1], storage: storage)],
      "tensor '\(weight)': expected a floating-point dtype, found I64")
  }

  @Test func `a name that the scales need must be free`() throws {
    let matrix = StoredTensor([1, 2], shape: [2, 1])
    try expectRefusal(
      of: [weight: matrix, weight + "_scale": matrix],
      "the name '\(weight)_scale' stands in the model's own weights too")
  }

  @Test func `a model of other layers has nothing to quantize`() throws {
    try expectRefusal(
      of: ["transformer.h.0.mlp.weight": StoredTensor([1, 2], shape: [2, 1])],
      "no weights to quantize")
  }

  @Test func `bad arguments exit with 64`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    #expect(try converter.run(micro, "--quantize", "int2", "-o", "m").status == 64)
    #expect(try converter.run("--list", micro, "--quantize", "int8").status == 64)
    #expect(try converter.run(micro, "--quantize", "int8").status == 64)
  }

  // MARK: Helpers

  private func bytes(_ tensor: StoredTensor?) -> [UInt8]? { tensor?.withBytes { Array($0) } }

  /// Expects that a folder with these tensors is refused, and that nothing of the output remains.
  private func expectRefusal(of tensors: [String: StoredTensor], _ reason: String) throws {
    let converter = try Converter()
    defer { converter.remove() }
    let source = converter.folder + "/source"
    try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: URL(filePath: source + "/config.json"))
    let infos = tensors.compactMap { TensorInfo(name: $0, dtype: $1.dtype, shape: $1.shape) }
    try SafetensorsWriter(infos).write(to: source + "/model.safetensors") {
      try #require(tensors[$0.name])
    }
    expectFailure(
      try converter.run(
        source, "--quantize", "int8", "-o", converter.folder + "/model", "--quiet"), reason)
    #expect(try converter.names(in: "") == ["source", "stderr", "stdout"])
  }
}
