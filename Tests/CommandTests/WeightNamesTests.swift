import Foundation
import TesseraCheckpoints
import TesseraTestSupport
import Testing

/// Models whose weights have the names that training left them.
@Suite struct WeightNamesTests {
  private let shell: Shell

  init() throws {
    shell = try Shell(model: ConvertedModels.bgeM3Tiny.get())
    try shell("cp -r \"$model\" renamed").expectSuccess()
  }

  private func rename(_ newName: (String) -> String) throws {
    let path = try ConvertedModels.bgeM3Tiny.get().path
    let source = try Checkpoint(path: path)
    let names = Dictionary(uniqueKeysWithValues: source.names.map { (newName($0), $0) })
    let infos = names.compactMap { new, old in
      source.info(old).flatMap { TensorInfo(name: new, dtype: $0.dtype, shape: $0.shape) }
    }
    try SafetensorsWriter(infos).write(to: shell.folder.path("renamed/model.safetensors")) { info in
      try #require(names[info.name].flatMap { source[$0] })
    }
  }

  private func encode(_ model: String) throws -> Command {
    try shell("\"$tessera\" encode -m \(model) --text 'a blue whale'")
  }

  @Test func `gamma and beta give the vectors of weight and bias`() throws {
    try rename {
      $0.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
        .replacing("LayerNorm.bias", with: "LayerNorm.beta")
    }
    let run = try encode("renamed")
    #expect(run.errors.isEmpty, "\(run.errors)")
    #expect(try run.status == 0 && run.text == encode("\"$model\"").text)
  }

  @Test func `what a download or PEFT leaves is told`() throws {
    try shell.write("version https://git-lfs.github.com/spec/v1\n", to: "renamed/model.safetensors")
    #expect(try encode("renamed").errors.contains("a Git LFS pointer"))
    try rename { $0 }
    try shell.write("{}", to: "renamed/adapter_config.json")
    #expect(try encode("renamed").errors.contains("an adapter (PEFT)"))
  }

  @Test(arguments: ["module.", "_orig_mod."])
  func `a prefix is passed over and said`(prefix: String) throws {
    let model = try ConvertedModels.visualTinyEnglish.get()
    let shell = try Shell(model: model)
    try shell("cp -r \"$model\" renamed").expectSuccess()
    let source = try Checkpoint(path: model.path)
    let infos = source.tensors.compactMap {
      TensorInfo(name: prefix + $0.name, dtype: $0.dtype, shape: $0.shape)
    }
    try SafetensorsWriter(infos).write(to: shell.folder.path("renamed/model.safetensors")) { info in
      try #require(source[String(info.name.dropFirst(prefix.count))])
    }
    let run = try shell("\"$tessera\" encode -m renamed --text 'a blue whale'")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("without their prefix \(prefix)"))
    let plain = try shell("\"$tessera\" encode -m \"$model\" --text 'a blue whale'")
    #expect(run.text == plain.text)
    let converter = Command.url("weights-converter").path
    let wrapped = try shell("'\(converter)' renamed/model.safetensors --text-model renamed -o made")
    #expect(wrapped.status == 1 && wrapped.errors.contains("all names begin with '\(prefix)'"))
  }
}
