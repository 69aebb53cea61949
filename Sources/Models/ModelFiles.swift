import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraJSON

/// The files of a model folder that decide what is built, weights apart.
package struct ModelFiles: Sendable {
  /// The folder as it was named.
  package let folder: URL
  /// `config.json`, or what stands for it in layouts that have none.
  package let config: Config
  /// What sentence-transformers adds; nil where the folder has no `modules.json`.
  package let modules: ModuleChain?
  /// The transformer's own file of sentence-transformers: `sentence_bert_config.json`, or a file of an
  /// older name.
  package let sentenceConfig: Config?
  /// `config_sentence_transformers.json`.
  package let sentenceTransformersConfig: Config?
  /// Names and shapes; elements are read when a model is built of them. That there are no weights
  /// is no error before.
  package let checkpoint: Result<Checkpoint, any Error>

  /// Where `config.json`, the weights and the tokenizer are: a folder of its own in older models.
  package var transformerFolder: URL { modules?.transformerFolder ?? folder }

  /// - Throws: `FileError`, `FieldError` naming the file and the key, or `CheckpointError.adapter`.
  package init(folder: URL) throws {
    self.folder = folder
    modules = try ModuleChain(folder: folder)
    let files = modules?.transformerFolder ?? folder
    // Before its other files, which a folder of adapters lacks.
    try Checkpoint.requireNoAdapter(in: files.path)
    config =
      try modules?.isStatic == true
      ? StaticFamily.config : Self.config(in: files)
    sentenceConfig = try Self.sentenceConfig(in: files)
    sentenceTransformersConfig = try Config(
      ifPresent: folder.appending(path: "config_sentence_transformers.json"))
    checkpoint = Result { try Checkpoint.open(files) }
  }

  /// open_clip has a file of another name; a folder that is laid out for transformers too is read as
  /// that. timm's `config.json`, which may stand beside it, tells of the tower for pictures alone.
  private static func config(in folder: URL) throws -> Config {
    let own = folder.appending(path: "config.json")
    let openCLIP = folder.appending(path: "open_clip_config.json")
    guard FileManager.default.fileExists(atPath: openCLIP.path) else {
      return try Config(file: own)
    }
    if let config = try Config(ifPresent: own), try config.optional("model_type") != nil {
      return config
    }
    return try Config(file: openCLIP).naming(modelType: OpenCLIPFamily.modelTypes[0])
  }

  /// A JSON file beside `config.json`; nil if there is no such file.
  package func config(ifPresent name: String) throws -> Config? {
    try Config(ifPresent: transformerFolder.appending(path: name))
  }
}

extension Config {
  /// - Throws: `FileError`, or `FieldError` for what is no JSON object.
  ///
  /// - Parameter name: for messages; the file's own by default.
  package init(file: URL, name: String? = nil) throws {
    self = try Field(file: file, name: name).config()
  }

  /// Nil if there is no such file.
  package init?(ifPresent file: URL, name: String? = nil) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    try self.init(file: file, name: name)
  }
}

extension Config {
  /// The same with a `model_type`, which the file's format has no key for.
  fileprivate func naming(modelType: String) throws -> Config {
    let members = try field.members() + [.init(key: "model_type", value: .string(modelType))]
    return try Config(Field(value: .object(members), place: field.place, log: KeyLog()))
  }
}

extension Field {
  /// Reads a whole file.
  ///
  /// - Throws: `FileError`, or `FieldError` for what is no JSON.
  package init(file: URL, name: String? = nil) throws {
    let mapped = try MappedFile(file.path)
    let name = name ?? file.lastPathComponent
    do {
      self.init(
        value: try withExtendedLifetime(mapped) {
          try JSONReader.read(mapped.bytes) { try $0.readValue() }
        }, place: FilePlace(file: name), log: KeyLog())
    } catch let error as JSONError {
      throw FieldError.invalidJSON(file: name, error)
    }
  }

  fileprivate func config() throws -> Config { try Config(self) }
}
