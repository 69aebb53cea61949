import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraKernels
import TesseraStudy
import TesseraTensors

/// Options of every command that runs a model.
struct ModelOptions: CheckedArguments {
  @OptionGroup var model: ModelFolder
  @Option(
    help: "Arithmetic of the products: float32, bfloat16 or int8; that of the folder by default.")
  var precision: Precision?
  @Option(help: "Code of the matrix products, for comparison: naive, blas or simd.")
  var kernels: ProductCode?
  @Option(
    parsing: .unconditional,
    help: "Threads that compute; as many as there are processors by default.")
  var threads: Int?
  @Option(
    parsing: .unconditional, help: "Tokens, of texts and images, that are computed together.")
  var batchTokens = 2048
  @Option(
    parsing: .unconditional,
    help: "Tokens of text that are read, special ones included; the model's limit at most.")
  var maxLength: Int?
  @Option(parsing: .unconditional, help: "Images with more pixels are refused.")
  var maxPixels = Embedder.defaultMaximumPixels
  @Option(
    name: .customLong("pixels"),
    help: ArgumentHelp(
      "How images are read: reference or shown.",
      discussion: """
        reference: as Pillow in the model's own pipeline does, samples as they are stored. shown: as \
        a person sees them, turned as EXIF says, 16 bits scaled to 8, what is transparent over white. \
        Without it: shown in a new index, as the index was made where one is asked or continued, \
        reference otherwise.
        """))
  var givenPixels: PixelReading?
  @Option(
    help: ArgumentHelp(
      "How an image and a text in one item become one vector, with a model of two towers: sum.",
      discussion: """
        BGE-VL adds them by itself; plain CLIP was not trained for it and does so only when asked.
        """))
  var fuse: PairFusion?

  func check() throws {
    if let precision, let kernels, precision != .float32, kernels != .simd {
      throw ValidationError(
        "--kernels \(kernels.rawValue) computes in float32 only, not in \(precision.rawValue).")
    }
    if let kernels, !kernels.isAvailable {
      throw ValidationError(
        "--kernels \(kernels.rawValue): the system has no libopenblas.so.0 that can be loaded.")
    }
    for (name, value) in [
      ("--threads", threads), ("--batch-tokens", batchTokens), ("--max-length", maxLength),
      ("--max-pixels", maxPixels),
    ] {
      if let value, value <= 0 {
        throw ValidationError("\(name) is \(value); expected a positive number.")
      }
    }
  }

  /// Whether the command line says anything of a model.
  var isAnyGiven: Bool {
    model.model != nil || precision != nil || kernels != nil || threads != nil || maxLength != nil
      || batchTokens != 2048 || maxPixels != Embedder.defaultMaximumPixels || givenPixels != nil
      || fuse != nil
  }

  /// How images are read where there is no index to say so.
  var pixels: PixelReading { givenPixels ?? .reference }

  /// - Parameter awaitingVocabulary: false where nothing is lost if the vocabulary proves unusable
  ///   only when the first text is read.
  /// - Parameter folder: nil for the model that the options name.
  /// - Parameter pixels: how images are read unless the options say so.
  func loadEmbedder(
    awaitingVocabulary: Bool = true, from folder: URL? = nil, pixels: PixelReading = .reference
  ) throws -> Embedder {
    // Before the model is loaded: its weights are laid out for the kernels.
    chooseKernels()
    var options = options
    options.pixels = givenPixels ?? pixels
    options.awaitsVocabulary = awaitingVocabulary
    let embedder = try Embedder(modelFolder: folder ?? model.folder(), options: options)
    // They would have to wait for the vocabulary.
    if awaitingVocabulary { embedder.notes.forEach(StandardError.note) }
    return embedder
  }

  /// What plans the model's sequences, without its weights.
  func loadPlanner() throws -> SequencePlanner {
    chooseKernels()
    return try SequencePlanner(modelFolder: model.folder(), options: options)
  }

  private func chooseKernels() {
    if let notice = KernelTable.selection.notice { StandardError.note(notice) }
    if let kernels { ProductCode.current = kernels }
    if let threads { Embedder.threadCount = threads }
  }

  private var options: Embedder.Options {
    .init(
      maxLength: maxLength, batchTokens: batchTokens, maximumPixels: maxPixels,
      precision: precision, pixels: pixels, fusion: fuse)
  }
}

extension ProductCode: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension PixelReading: ExpressibleByArgument {}
extension PairFusion: ExpressibleByArgument {}
