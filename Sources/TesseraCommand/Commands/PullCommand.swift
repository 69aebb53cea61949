import ArgumentParser
import Foundation
import TesseraHub

struct PullCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Fetches a model by its name, and converts it where need be.",
    discussion: """
      NAME is a short name (`tessera models` lists them), ORGANISATION/NAME of the Hugging Face Hub, \
      either with modelscope: before it, or a folder, perhaps with file: before it. Files go into the cache that huggingface_hub uses, each \
      checked by its hash; what came of a broken run is used by the next. Standard output gets the \
      folder to read the model from.

      HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and the proxies' variables are \
      heeded; TESSERA_HOME holds converted models.
      """)

  @Argument(help: "The model, perhaps with @REVISION.")
  var name: String
  @Option(help: "A plain folder to put the files in, in place of the cache.", completion: .file())
  var into: String?
  @Option(help: "Fetch what matches this pattern, in place of what a model needs; may be repeated.")
  var only: [String] = []
  @Option(help: "Address of a mirror, in place of HF_ENDPOINT's or ModelScope's.")
  var endpoint: String?
  @Flag(help: "Print what would be fetched: size, hash and path of each file.")
  var dryRun = false

  func check() throws {
    guard let reference = try? ModelReference(name) else { return }
    if !only.isEmpty, reference.textModel != nil {
      throw ValidationError("--only is for a repository; \(name) is made of two.")
    }
  }

  func run() throws {
    if let path = ModelFolder.path(of: name) { return try take(path) }
    let reference = try ModelReference(name)
    let progress = TransferProgress()
    let library = try ModelLibrary.ofCommand(endpoint: endpoint, progress: progress)
    let folder = into.map { URL(filePath: $0).absoluteURL.standardizedFileURL.path }
    let options = ModelLibrary.PullOptions(folder: folder, patterns: only)
    let output = try OutputFile(path: nil)
    defer { StandardError.rewrite("") }
    guard dryRun else {
      try output.write(library.pull(reference, options) + "\n")
      return try output.flush()
    }
    for plan in try library.plans(of: reference, options) {
      for file in plan.files {
        try output.write("\(file.size)\t\(file.checksum)\t\(plan.name.repository)/\(file.path)\n")
      }
      StandardError.write(
        "note: \(plan.name): \(plan.files.count) files, \(ByteCount(plan.byteCount)), "
          + "\(ByteCount(plan.missingBytes)) to fetch")
    }
    try output.flush()
  }

  /// A folder is fetched already: it is named, or copied where it shall be.
  private func take(_ path: String) throws {
    let source = try FolderCopy(of: path, patterns: only)
    let output = try OutputFile(path: nil)
    if dryRun {
      for file in source.files { try output.write("\(source.size(of: file))\t\(path)/\(file)\n") }
    } else {
      if let into { try source.copy(into: into) }
      try output.write((into ?? path) + "\n")
    }
    try output.flush()
  }
}
