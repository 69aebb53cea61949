import TesseraCheckpoints
import TesseraTensors
import Testing

/// Names as training and saving leave them, and what stands in place of weights.
@Suite struct NameTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func weights(
    _ names: [String], metadata: [String: String] = [:]
  ) throws -> Weights {
    let path = folder.path + "/model.safetensors"
    let infos = names.compactMap { TensorInfo(name: $0, dtype: .f32, shape: [2]) }
    try SafetensorsWriter(infos, metadata: metadata).write(to: path) { info in
      StoredTensor([Float(names.firstIndex(of: info.name) ?? 0), 7], shape: [2])
    }
    return Weights(try Checkpoint(path: path))
  }

  private func first(_ weights: Weights, _ name: String) throws -> Float {
    try weights.tensor(name, shape: [2]).widened().elements[0]
  }

  @Test(arguments: [
    "module.", "_orig_mod.", "model.", "0.auto_model.", "module._orig_mod.", "auto_model.",
  ])
  func `a prefix before every name is no part of it`(prefix: String) throws {
    let weights = try weights(["a.weight", "b.0.bias", "cls.c"].map { prefix + $0 })
    #expect(try Checkpoint(path: folder.path).commonPrefix == prefix)
    #expect(weights.removedPrefix == nil)
    #expect(weights["a"].contains("weight") && !weights["a"].contains("bias"))
    #expect(try first(weights["b"][0], "bias") == 1)
    #expect(weights.removedPrefix == prefix)
    #expect(weights.unreadNames() == [prefix + "a.weight", prefix + "cls.c"])
    #expect(weights["a"].unreadNames() == [prefix + "a.weight"])
    _ = try weights.tensor("a.weight")
    try weights.requireAllRead(ignoring: ["cls.*"])
  }

  @Test func `a prefix of the model's own, or of some names, stays`() throws {
    let own = try weights(["model.a", "model.b"])
    #expect(try first(own["model"], "b") == 1)
    #expect(own.removedPrefix == nil && own["model"].unreadNames() == ["model.a"])
    let some = try weights(["module.a", "b"])
    #expect(!some.contains("a"))
    #expect(try Checkpoint(path: folder.path).commonPrefix == "")
  }

  @Test func `gamma and beta of a LayerNorm are its weight and bias`() throws {
    let weights = try weights([
      "bert.out.LayerNorm.gamma", "bert.out.LayerNorm.beta", "bert.gamma",
    ])
    let norm = weights["bert"]["out"]["LayerNorm"]
    #expect(norm.contains("weight") && norm.contains("bias"))
    #expect(try first(norm, "weight") == 0)
    #expect(try first(norm, "bias") == 1)
    #expect(weights.unreadNames() == ["bert.gamma"])
    #expect(!weights["bert"].contains("weight"))
    let wrapped = try self.weights(["module.x.LayerNorm.gamma", "module.x.LayerNorm.beta"])
    #expect(try first(wrapped["x"]["LayerNorm"], "bias") == 1)
  }

  @Test func `a list of layers may have another name in the file`() throws {
    let weights = try weights(["a.layer.0.weight", "b.layers.0.weight", "b.layer.0.weight"])
    #expect(try first(weights["a"]["layers"][0], "weight") == 0)
    // Its own name comes first.
    #expect(try first(weights["b"]["layers"][0], "weight") == 1)
    #expect(weights.unreadNames() == ["b.layer.0.weight"])
  }

  @Test func `a tensor of several names is stored once`() throws {
    let metadata = ["format": "pt", "shared.weight": "table.weight", "lost.weight": "none.weight"]
    let weights = try weights(["other", "table.weight"], metadata: metadata)
    #expect(try first(weights["shared"], "weight") == 1)
    #expect(weights.unreadNames() == ["other"])
    let path = folder.path + "/model.safetensors"
    #expect(
      throws: WeightsError.aliasMissing(file: path, name: "lost.weight", storedAs: "none.weight")
    ) { try weights["lost"].tensor("weight", shape: [2]) }
    #expect(throws: WeightsError.missing(file: path, name: "format.weight")) {
      try weights["format"].tensor("weight", shape: [2])
    }
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "a Git LFS pointer"),
    ("\n<!DOCTYPE html>\n<html>", "a web page"), ("<html lang=en>", "a web page"),
    ("<?xml version=\"1.0\"?><Error>", "a web page"),
  ])
  func `what a download leaves in place of weights is named`(text: String, name: String) throws {
    for file in ["model.safetensors", "pytorch_model.bin", "v.pth"] {
      let path = try folder.file(file, Array(text.utf8))
      let message = message { _ = try Checkpoint(path: path) } ?? ""
      #expect(message.hasPrefix(path) && message.contains(name), "\(message)")
    }
  }

  @Test(arguments: ["adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"])
  func `an adapter beside the weights is refused`(name: String) throws {
    _ = try weights(["a"])
    _ = try Checkpoint(path: folder.path)
    let path = try folder.file(name, Array("{}".utf8))
    #expect(
      message { _ = try Checkpoint(path: folder.path) }?.hasPrefix("\(path): an adapter") == true)
  }
}
