import Foundation

/// A model that is a folder already: nothing is fetched, but its files may be copied elsewhere.
package struct FolderCopy {
  private let folder: String
  /// Paths within the folder, of what was asked for.
  package let files: [String]

  /// - Parameter patterns: of files, in place of what a model needs.
  /// - Throws: `HubError.noModel`.
  package init(of folder: String, patterns: [String] = []) throws {
    guard Folders.isFolder(folder) else {
      throw HubError.noModel(name: folder, reason: "is no folder")
    }
    self.folder = folder
    let below = (FileManager.default.enumerator(atPath: folder)?.allObjects ?? [])
      .compactMap { $0 as? String }.filter { Folders.fileSize("\(folder)/\($0)") != nil }
    files = try FileSelection(only: patterns).files(of: below.sorted(), named: folder)
  }

  package func size(of file: String) -> Int { Folders.fileSize("\(folder)/\(file)") ?? 0 }

  /// Copies the files, each beside its place first; what stands there is replaced by nothing.
  ///
  /// - Throws: `HubError`.
  package func copy(into target: String) throws {
    var space = DiskSpace()
    space.need(files.reduce(0) { $0 + size(of: $1) }, in: target)
    try space.check()
    for file in files {
      let (source, path) = ("\(folder)/\(file)", "\(target)/\(file)")
      var status = stat()
      if lstat(path, &status) == 0 {
        guard FileManager.default.contentsEqual(atPath: source, andPath: path) else {
          throw HubError.exists(path)
        }
        continue
      }
      try Folders.create((path as NSString).deletingLastPathComponent)
      let partial = "\(path).\(UInt32.random(in: .min ... .max)).incomplete"
      do {
        // What a link leads to, as links of a cache do not lead from elsewhere.
        let whole = URL(filePath: source).resolvingSymlinksInPath().path
        try FileManager.default.copyItem(atPath: whole, toPath: partial)
      } catch {
        _ = unlink(partial)
        throw HubError.file(path: path, operation: "copy", code: errno)
      }
      try Folders.rename(partial, to: path)
    }
  }
}
