import ArgumentParser
import Foundation
import TesseraEmbedders

/// Options of the commands that write about pictures.
struct WriterOptions: CheckedArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, text }

  @OptionGroup var model: ModelOptions
  @Option(
    parsing: .unconditional,
    help: """
      Hypotheses that are followed at once; what the model's generation_config.json says by default, \
      or else 1, which takes the likeliest token each time.
      """)
  var beams: Int?
  @Option(
    parsing: .unconditional,
    help:
      "Tokens that are written at most; what the model's generation_config.json says, or else 20.")
  var maxNewTokens: Int?
  @Option(help: "jsonl, a row an item, or text, a line an item.") var format = Format.jsonl

  func check() throws {
    if let beams, !(1...WritingOptions.maximumBeams).contains(beams) {
      throw ValidationError(
        "--beams is \(beams); expected 1 to \(WritingOptions.maximumBeams).")
    }
    if let maxNewTokens, maxNewTokens <= 0 {
      throw ValidationError("--max-new-tokens is \(maxNewTokens); expected a positive number.")
    }
    try model.requireNoOptionsOfVectors()
  }

  func load<Model>(_ make: (URL, WritingOptions) throws -> Model) throws -> Model {
    try model.loadWriter { folder, options in
      var options = options
      (options.beams, options.maxNewTokens) = (beams, maxNewTokens)
      return try make(folder, options)
    }
  }
}

extension WriterOptions {
  /// A model that chats, where that is what the folder has; nil for models that only write.
  ///
  /// - Throws: `ValidationError` for options that mean nothing to it, and what loading it throws.
  func loadPictureChat(isTraced: Bool) throws -> PictureChat? {
    guard LocalChat.canLoad(try model.model.silentFolder()) else { return nil }
    guard beams == nil, !isTraced else {
      throw ValidationError("--beams and --trace are not for models that chat.")
    }
    return PictureChat(
      try model.loadChat(), options: ChatOptions(maxNewTokens: maxNewTokens))
  }
}

extension ModelOptions {
  /// - Throws: `ValidationError` for options that mean nothing to models that write.
  func requireNoOptionsOfVectors() throws {
    guard maxLength == nil else {
      throw ValidationError("--max-length does not go with this command, which cuts no text.")
    }
    guard dimensions == nil, whiteSpace == nil, fuse == nil else {
      throw ValidationError(
        "--dimensions, --white-space and --fuse are for vectors, which this command does not make.")
    }
  }

  /// Lays out the kernels, and loads a model that writes.
  func loadWriter<Model>(_ make: (URL, WritingOptions) throws -> Model) throws -> Model {
    chooseKernels()
    return try make(
      model.folder(),
      WritingOptions(
        batchTokens: batchTokens, maximumPixels: maxPixels, pixels: pixels, precision: precision))
  }
}
