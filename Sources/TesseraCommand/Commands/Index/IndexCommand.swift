import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraRetrieval

struct IndexCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Encodes files into an index, which tessera search asks.",
    discussion: """
      PATH is a folder, which is walked, or a file: pictures (png, jpg, webp, gif, bmp, tif, \
      avif, heic, jxl); texts (txt, md), cut into parts that the model reads whole; lists of items \
      (jsonl as encode takes them; csv and tsv with a header; columns text, image, id, and any \
      others). A text beside a picture of the same name is its caption, and the two become one \
      vector. A file .tesseraignore, in any folder, holds patterns of what is left out, as \
      .gitignore does; hidden files always are.

      Run again, it reads what is new or changed. What was committed when a run ends, however it \
      ends, is in the index. Pictures are read as a person sees them, unless --pixels reference says \
      otherwise when the index is made. Exit status: 1 where something could not be read; the rest is done.
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    help: """
      The index, made where there is none: a folder, qdrant://HOST[:PORT]/NAME, or \
      postgresql://HOST/DATABASE?table=NAME.
      """,
    completion: .directory)
  var into: String
  @OptionGroup var walk: WalkOptions
  @OptionGroup var chunks: ChunkOptions
  @OptionGroup var kinds: KindOptions
  @Flag(help: "Remove the rows of files, among those asked for, that are gone.") var prune = false
  @Flag(help: "Hash every file, also where size and time are as they were.") var checksum = false
  @Flag(help: "Say what would be read and removed; change nothing.") var dryRun = false
  @Option(
    help: ArgumentHelp(
      "Vectors made elsewhere, instead of files to encode: .npy or .safetensors, float32 [rows, "
        + "dimension], or .jsonl with \"embedding\" and \"id\"; -m says which model made them."),
    completion: .file())
  var vectors: String?
  @Option(
    help: "With --vectors: a file with an id a line; a row's number otherwise.", completion: .file()
  )
  var ids: String?
  @Argument(help: "Files and folders.", completion: .file()) var paths: [String] = []

  func check() throws {
    guard (vectors != nil) != !paths.isEmpty else {
      throw ValidationError("Give either files and folders, or --vectors.")
    }
    guard vectors != nil || ids == nil else { throw ValidationError("--ids needs --vectors.") }
    if vectors != nil, prune || dryRun || checksum || kinds.isAnyGiven {
      throw ValidationError(
        "--prune, --dry-run, --checksum and --return are for files, not for --vectors.")
    }
  }

  func run() throws {
    guard StoreAddress(into).isFolder else {
      guard !dryRun else { throw ValidationError("--dry-run wants a folder.") }
      return try RemoteIndexing(StoreAddress(into), kinds.kinds?.kinds ?? []).update {
        folder, remote in
        var command = self
        command.into = folder
        try command.update { try remote.requirePlace(for: $0) }
      }
    }
    try update { _ in }
  }

  /// - Parameter check: refuses kinds of vectors for which there is no place elsewhere.
  private func update(checking check: ([VectorKind]) throws -> Void) throws {
    if let vectors { return try add(vectors: vectors) }
    var files = walk.walk
    for path in paths { files.add(path) }
    if dryRun { return try list(files) }
    let failures = failures(of: files)
    let isNew = !FileManager.default.fileExists(atPath: into)
    // Of what cannot be read no index is made.
    guard !isNew || !files.files.isEmpty || failures.isEmpty else { throw report(failures) }
    let store = try DiskStore(writing: into)
    let model: IndexedModel
    do {
      model = try IndexedModel(self.model, of: store, pixels: .shown)
      try check(model.embedder.vectorKinds)
      try model.record(in: store)
      try kinds.record(in: store, model.embedder)
    } catch {
      // A model that cannot be used leaves no index behind.
      if isNew { try? FileManager.default.removeItem(atPath: into) }
      throw error
    }
    let run = try IndexRun(into: store, by: model, chunks, hashesAll: checksum)
    for (path, reason) in failures { run.indexer.fail(path, reason) }
    try run.indexer.update(files.files)
    let (gone, unseen) = try missingSources(files, in: store)
    if unseen > 0 {
      run.note(
        "\(unseen) file\(unseen == 1 ? "" : "s") of the index could not be looked for, and"
          + " \(unseen == 1 ? "is" : "are") kept")
    }
    if prune {
      try run.indexer.prune(gone)
    } else if !gone.isEmpty {
      run.note(
        "\(gone.count) file\(gone.count == 1 ? " is" : "s are") gone; --prune removes what the"
          + " index has of them")
    }
    if store.isWorthCompacting { try store.compact() }
    try run.end(passedOver: files.otherCount)
  }

  /// Files that the index has of what was asked for, and that are no longer found there; and how many
  /// may be there all the same, as a folder above them could not be read.
  private func missingSources(
    _ files: FileWalk, in store: DiskStore
  ) throws -> (gone: [String], unseen: Int) {
    let found = Set(files.files.map(\.path))
    let missing = try store.sources().keys.filter { path in
      !found.contains(path) && files.roots.contains { isUnder(path, $0) }
    }
    let gone = missing.filter { path in !files.unread.contains { isUnder(path, $0) } }
    return (gone.sorted(), missing.count - gone.count)
  }

  private func isUnder(_ path: String, _ folder: String) -> Bool {
    path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  private func list(_ files: FileWalk) throws {
    let store = DiskStore.isStore(into) ? try DiskStore(reading: into) : nil
    let known = try store?.sources() ?? [:]
    let output = try OutputFile(path: nil)
    for file in files.files {
      guard let old = known[file.path] else {
        try output.write("add\t\(file.name)\n")
        continue
      }
      if try store?.change(of: file, since: old.record, hashing: checksum) == .changed {
        try output.write("change\t\(file.name)\n")
      }
    }
    if prune, let store {
      for path in try missingSources(files, in: store).gone {
        try output.write("remove\t\(path)\n")
      }
    }
    try output.finish()
    let failures = failures(of: files)
    if !failures.isEmpty { throw report(failures) }
  }

  /// What could not be read, without what `--prune` takes for gone.
  private func failures(of files: FileWalk) -> [(path: String, reason: String)] {
    prune ? files.failures.filter { !FileFacts.isGone($0.path) } : files.failures
  }

  private func report(_ failures: [(path: String, reason: String)]) -> ExitCode {
    for (path, reason) in failures { StandardError.write("error: \(path): \(reason)") }
    return ExitCode(1)
  }

  private func add(vectors: String) throws {
    let source = try VectorFile(vectors, ids: ids)
    let made = model.model.model == nil ? nil : try IndexedModel(model, of: nil)
    guard made?.embedder.vectorKinds.contains(.dense) ?? true else {
      throw ValidationError("--vectors are dense vectors, a row each, and this model gives none.")
    }
    let store = try DiskStore(writing: into)
    if let made {
      try made.record(in: store)
    } else if try store.fingerprint() != nil {
      throw StoreError.fingerprint(
        into, differences: ["-m must say that the same model made the new vectors"])
    }
    let counts = try store.add(source) { StandardError.write("error: \($0)") }
    if store.isWorthCompacting { try store.compact() }
    StandardError.write(counts.summary)
    if counts.failed > 0 { throw ExitCode(1) }
  }
}
