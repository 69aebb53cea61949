import TesseraCheckpoints
import TesseraTestSupport
import Testing

/// `--quantize int4` as a user sees it; `FourBitFolderTests` reads what it writes.
@Suite struct FourBitConversionTests {
  private let chat = Goldens.url("zoo/qwen2-chat").path
  private let weight = "model.layers.0.mlp.down_proj.weight"

  @Test func `a file says how its bytes are read, and is listed so`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    let outcome = try converter.run(chat, "--quantize", "int4", "-o", model)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let metadata = try SafetensorsFile(path: model + "/model.safetensors").metadata
    #expect(metadata.keys.sorted() == ["int4_group_size", "int4_packing", "quantization"])
    #expect(metadata["quantization"]?.hasPrefix("int4: ") == true)
    #expect(metadata["int4_group_size"] == "32")

    let table = try converter.run("--list", model).output.split(separator: "\n")
    let line = try #require(table.first { $0.hasPrefix(weight + " ") })
    #expect(line.hasSuffix("  U8    [32, 32]  two numbers a byte"))
    let scale = try #require(table.first { $0.hasPrefix(weight + "_scale ") })
    #expect(scale.hasSuffix("  BF16  [32, 2]"))
    let rows = try converter.run("--list", model, "--format", "json").output
    #expect(
      rows.contains(#""name":"\#(weight)","dtype":"U8","shape":[32,32],"bytes":1024,"bits":4"#))
  }

  @Test func `four bits and a scale of sixteen for 32 inputs`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    _ = try converter.run(chat, "--quantize", "int4", "-o", converter.folder + "/model")
    let found = try Checkpoint(path: converter.folder + "/model")
    let expected = try Checkpoint(path: chat).tensors.reduce(0) { sum, tensor in
      guard tensor.name.contains("_proj.weight") else { return sum + tensor.byteCount }
      return sum + tensor.shape[0] * ((tensor.shape[1] + 31) / 32) * 18
    }
    #expect(found.tensors.reduce(0) { $0 + $1.byteCount } == expected)
  }

  @Test func `models that do not chat are refused`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    let reason = "int4 is for decoders of models that chat"
    for source in [Converter.cases + "/bge-m3-micro", Goldens.url("clip-tiny").path] {
      expectFailure(try converter.run(source, "--quantize", "int4", "-o", model), reason)
    }
    expectFailure(
      try converter.run(
        Goldens.url("visual-tiny-en/Visualized_visual-tiny-en.pth").path, "--text-model",
        Goldens.url("visual-tiny-en").path, "--quantize", "int4", "-o", model), reason)
    #expect(try converter.names(in: "") == ["stderr", "stdout"])
  }

  @Test(arguments: ["int8", "int4"])
  func `quantized weights are not quantized again`(_ first: String) throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    _ = try converter.run(chat, "--quantize", first, "-o", model)
    for second in ["int8", "int4"] {
      expectFailure(
        try converter.run(model, "--quantize", second, "-o", converter.folder + "/again"),
        "already quantized, found \(first == "int8" ? "I8" : "U8")")
    }
  }
}
