import ArgumentParser
import Foundation
import TesseraCheckpoints
import TesseraConversion
import TesseraFiles

@main
struct WeightsConverter: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights-converter",
    abstract: "Turns PyTorch checkpoints into a model folder for tessera.",
    discussion: """
      weights-converter Visualized_base_en_v1.5.pth --text-model bge-base-en-v1.5 -o MODEL
      weights-converter imagebind_huge.pth --text-model clip-vit-base-patch32 -o MODEL
      weights-converter bge-m3 -o MODEL
      weights-converter MODEL --quantize int8 -o SMALLER
      weights-converter CHAT-MODEL --quantize int4 -o SMALLEST
      weights-converter --list FILE

      Without --quantize no value and no dtype is changed, and nothing in a checkpoint is ever \
      executed. The folder appears complete or not at all. Exit status: 0, 64 for bad arguments, 1 \
      for other errors, 128 and the signal's number after an interruption.
      """,
    version: "0.1.0")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @Argument(
    help: "A Visualized-BGE or ImageBind checkpoint, or a model folder.", completion: .file())
  var source: String

  @Option(
    help: """
      The folder of the text model that a Visualized-BGE was built on, or, for ImageBind, one with \
      CLIP's tokenizer.
      """,
    completion: .directory)
  var textModel: String?

  @Option(name: [.short, .long], help: "The model folder to create.", completion: .directory)
  var output: String?

  @Option(
    help: """
      int8 stores the weights of linear layers as bytes, for a folder of about half the size that \
      runs in int8 only, with the vectors that the whole folder gives with --precision int8. int4, for \
      models that chat, stores the decoder's in four bits, and runs in int4 only.
      """)
  var quantize: Quantization?

  @Flag(help: "Replace an existing model folder.")
  var force = false

  @Flag(help: "No progress on standard error.")
  var quiet = false

  @Flag(help: "Print names, dtypes and shapes instead of converting.")
  var list = false

  @Option(help: "How to list: table, or json, one object a line.")
  var format = Format.table

  /// Not as `validate`, which would take a typo in an option's name for the lack of that option.
  private func check() throws {
    // An empty path, as of a variable that is not set, would be the working directory.
    for (path, name) in [(source, "<source>"), (textModel, "--text-model"), (output, "--output")]
    where path == "" {
      throw ValidationError("\(name) is empty; expected a path.")
    }
    if list {
      guard output == nil, textModel == nil, quantize == nil else {
        throw ValidationError("--list takes none of --output, --text-model and --quantize.")
      }
      return
    }
    guard output != nil else { throw ValidationError("Missing '--output', or '--list'.") }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else { return }
    if isFolder.boolValue, textModel != nil {
      throw ValidationError("--text-model belongs to a checkpoint's file, not to a folder.")
    }
    if !isFolder.boolValue, textModel == nil {
      throw ValidationError(
        "A checkpoint's file needs '--text-model', the folder of its text model or tokenizer.")
    }
  }

  func run() throws {
    try SingleOptions.check(CommandLine.arguments.dropFirst())
    try check()
    // A file that grows beyond what the user may write shows as EFBIG, which is reported.
    signal(SIGXFSZ, SIG_IGN)
    do {
      if let output, !list {
        let conversion = try Conversion(
          source: source, textModel: textModel, quantization: quantize, target: output)
        Interruption.install()
        try FileWriter.standardOutput().write(conversion.run(force: force, isQuiet: quiet) + "\n")
      } else {
        let listing = Listing(try Checkpoint(path: source))
        try FileWriter.standardOutput().write(format == .json ? listing.jsonLines : listing.table)
      }
    } catch {
      Progress.note("weights-converter: \(error)\n")
      if case ConversionError.interrupted(let signal, _) = error { throw ExitCode(128 + signal) }
      throw ExitCode.failure
    }
  }
}

extension Quantization: ExpressibleByArgument {}
