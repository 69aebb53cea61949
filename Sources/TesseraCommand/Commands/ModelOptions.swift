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
    help: """
      Arithmetic of the products: float32, bfloat16, int8, or for models that chat int4; that of the folder \
      by default.
      """)
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
  @Option(
    parsing: .unconditional,
    help: """
      What stands before every text that brings no "prompt" of its own: a name that the model's \
      folder has a prompt for, such as query, or the words themselves, a space at their end included.
      """)
  var prompt: String?
  @Option(
    parsing: .unconditional,
    help: """
      Numbers that are kept of each vector, its first; scaled to length 1 again where the model does \
      so. For models that were trained for it (Matryoshka).
      """)
  var dimensions: Int?
  @Option(
    help: """
      White space around a text: stripped or kept; by default as the folder's release of \
      sentence-transformers has it, which kept it from 5.4 on.
      """)
  var whiteSpace: WhiteSpace?

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
      ("--max-pixels", maxPixels), ("--dimensions", dimensions),
    ] {
      if let value, value <= 0 {
        throw ValidationError("\(name) is \(value); expected a positive number.")
      }
    }
  }

  /// Whether the command line says anything of a model.
  var isAnyGiven: Bool {
    model.model != nil || precision != nil || kernels != nil || threads != nil || maxLength != nil
      || prompt != nil || dimensions != nil || whiteSpace != nil || batchTokens != 2048
      || maxPixels != Embedder.defaultMaximumPixels || givenPixels != nil || fuse != nil
  }

  /// How images are read where there is no index to say so.
  var pixels: PixelReading { givenPixels ?? .reference }

  /// - Parameters:
  ///   - awaitingVocabulary: false where nothing is lost if the vocabulary proves unusable only when
  ///     the first text is read.
  ///   - folder: nil for the model that the options name.
  ///   - pixels: how images are read unless the options say so.
  ///   - fusion: how pairs become one vector unless the options say so.
  ///   - role: the prompt where the options name none; nil for the folder's default.
  func loadEmbedder(
    awaitingVocabulary: Bool = true, from folder: URL? = nil, pixels: PixelReading = .reference,
    fusion: PairFusion? = nil, as role: Prompt? = nil
  ) throws -> Embedder {
    // Before the model is loaded: its weights are laid out for the kernels.
    chooseKernels()
    var options = options
    options.pixels = givenPixels ?? pixels
    options.fusion = fuse ?? fusion
    options.awaitsVocabulary = awaitingVocabulary
    options.prompt = options.prompt ?? role
    let embedder = try Embedder(modelFolder: folder ?? model.folder(), options: options)
    try embedder.notePrompt(of: role == .query ? "query" : "text")
    // They would have to wait for the vocabulary.
    if awaitingVocabulary { embedder.notes.forEach(StandardError.note) }
    return embedder
  }

  /// - Parameters:
  ///   - folder: nil for the model that the options name.
  ///   - isOther: whether it is a second model, to which limit and prompt do not belong.
  func loadReranker(
    _ pairs: PairOptions? = nil, from folder: URL? = nil, isOther: Bool = false
  ) throws -> Reranker {
    chooseKernels()
    let reranker = try Reranker(
      modelFolder: folder ?? model.folder(),
      options: .init(
        maxLength: isOther ? nil : maxLength, truncation: pairs?.truncation ?? .longestFirst,
        batchTokens: batchTokens, precision: precision,
        prompt: isOther ? nil : prompt.map { .nameOrText($0) }, whiteSpace: whiteSpace))
    reranker.notes.forEach(StandardError.note)
    return reranker
  }

  /// What plans the model's sequences, without its weights.
  func loadPlanner() throws -> SequencePlanner {
    chooseKernels()
    return try SequencePlanner(modelFolder: model.folder(), options: options)
  }

  func chooseKernels() {
    if let notice = KernelTable.selection.notice { StandardError.note(notice) }
    if let kernels { ProductCode.current = kernels }
    if let threads { Embedder.threadCount = threads }
  }

  private var options: Embedder.Options {
    .init(
      maxLength: maxLength, batchTokens: batchTokens, maximumPixels: maxPixels,
      precision: precision, pixels: pixels, fusion: fuse, prompt: prompt.map { .nameOrText($0) },
      whiteSpace: whiteSpace, dimensions: dimensions)
  }
}

extension Embedder {
  /// Says on standard error what stands before texts, if anything does.
  ///
  /// - Parameter prompt: nil for what stands before all.
  func notePrompt(_ prompt: Prompt? = nil, of kind: String) throws {
    let (name, words) = try resolved(prompt)
    guard !words.isEmpty else { return }
    let spelled = "\"\(words.replacing("\n", with: "\\n"))\""
    // One word that is no name may be a name with a typo.
    let mayBeName = name == nil && !prompts.isEmpty && !words.contains(where: \.isWhitespace)
    let names =
      mayBeName ? "; the folder's own are \(prompts.keys.sorted().joined(separator: ", "))" : ""
    StandardError.note(
      "before each \(kind) stands the prompt \(name.map { "\($0), \(spelled)" } ?? spelled)\(names)"
    )
  }
}

extension ProductCode: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension PixelReading: ExpressibleByArgument {}
extension WhiteSpace: ExpressibleByArgument {}
extension PairFusion: ExpressibleByArgument {}
