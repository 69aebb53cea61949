import Foundation
import TesseraFiles
import TesseraTensors

/// Finds the files that hold items, in the order of their names.
package struct FileWalk {
  /// Only files that one of these fits; none: all.
  package var include: [GlobPattern] = []
  /// Files and folders that are passed over.
  package var exclude: [GlobPattern] = []
  /// Whether to go where symbolic links point.
  package var followsLinks = false
  /// Whether a text beside a picture, of the same name, belongs to it.
  package var pairsCaptions = true

  package private(set) var files: [FoundFile] = []
  package private(set) var failures: [(path: String, reason: String)] = []
  /// Files that hold no items, as far as their names tell.
  package private(set) var otherCount = 0
  /// The absolute paths of what could not be looked at, or not whole: files that were not found below
  /// them need not be gone.
  package private(set) var unread: [String] = []
  /// The absolute paths of what was asked for.
  package private(set) var roots: [String] = []

  private var seen: Set<String> = []

  package init() {}

  /// Walks over a file or a folder.
  package mutating func add(_ argument: String) {
    guard let root = Self.resolved(argument) else {
      let error = FileError(path: argument, operation: "open", code: errno)
      failures.append((argument, "\(error)"))
      roots.append(Self.absolute(argument))
      if !error.meansAbsence { unread.append(Self.absolute(argument)) }
      return
    }
    roots.append(root)
    guard let facts = facts(of: root, followingLinks: true) else { return }
    let name = Self.shown(argument)
    if facts.isFolder {
      walk(root, relative: "", name: name, rules: [], above: [facts.identity])
    } else if let kind = FoundFile.Kind(path: root) {
      append(FoundFile(path: root, name: name.isEmpty ? root : name, kind: kind))
    } else {
      failures.append(
        (
          argument,
          "expected a picture (png, jpg, webp, gif, bmp, tif, avif, heic, jxl), a text (txt, md) or a"
            + " list (jsonl, csv, tsv)"
        ))
    }
  }

  /// Nil for what is not there any more, and for what cannot be looked at, which is told.
  private mutating func facts(of path: String, followingLinks: Bool) -> FileFacts? {
    do {
      return try FileFacts(path, followingLinks: followingLinks)
    } catch {
      // Links in a circle lead nowhere.
      if let error = error as? FileError, error.meansAbsence || error.code == ELOOP { return nil }
      failures.append((path, "\(error)"))
      unread.append(path)
      return nil
    }
  }

  /// - Parameters:
  ///   - relative: the folder's path from the root, with a slash at its end.
  ///   - rules: of the folders above, each with the length of its part of `relative`.
  private mutating func walk(
    _ folder: String, relative: String, name: String, rules: [(IgnoreRules, start: Int)],
    above: Set<FileFacts.Identity>
  ) {
    let entries: [String]
    var rules = rules
    do {
      entries = try names(in: folder)
      // The names can be read, and nothing behind them: that is said once.
      guard entries.isEmpty || access(folder, X_OK) == 0 else {
        let error = FileError(path: folder, operation: "look into", code: errno)
        unread.append(folder)
        return failures.append(
          (folder, "\(error); nothing was read of what it holds, \(entries.count) by name"))
      }
      rules.append((try IgnoreRules(folder: folder), relative.count))
    } catch {
      unread.append(folder)
      return failures.append((folder, "\(error)"))
    }
    let captions = pairsCaptions ? Self.captions(among: entries) : [:]
    for entry in entries where !entry.hasPrefix(".") {
      let path = "\(folder == "/" ? "" : folder)/\(entry)"
      let inside = relative + entry
      guard let facts = facts(of: path, followingLinks: followsLinks), !facts.isLink else {
        // A link that is not followed, or points nowhere.
        continue
      }
      guard !isLeftOut(inside, isFolder: facts.isFolder, rules) else { continue }
      if facts.isFolder {
        guard !DiskStore.isStore(path), !above.contains(facts.identity) else { continue }
        walk(
          path, relative: inside + "/", name: name, rules: rules,
          above: above.union([facts.identity]))
      } else if let kind = FoundFile.Kind(path: entry) {
        guard include.isEmpty || include.contains(where: { $0.matches(inside) }),
          !captions.values.contains(entry)
        else { continue }
        append(
          FoundFile(
            path: path, name: name.isEmpty ? inside : "\(name)/\(inside)", kind: kind,
            caption: captions[entry].map { "\(folder)/\($0)" }))
      } else {
        otherCount += 1
      }
    }
  }

  /// Names in a folder, by their bytes; those that are no texts are told.
  ///
  /// - Throws: `FileError`.
  private mutating func names(in folder: String) throws -> [String] {
    var names: [String] = []
    for entry in try Self.entries(of: folder) {
      if let name = String(validating: entry, as: UTF8.self) {
        names.append(name)
      } else {
        failures.append(
          (folder, "it has a file whose name is not valid UTF-8: \(Self.escaped(entry))"))
        unread.append(folder)
      }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func isLeftOut(
    _ path: String, isFolder: Bool, _ rules: [(IgnoreRules, start: Int)]
  ) -> Bool {
    if exclude.contains(where: { $0.matches(path) }) { return true }
    // The nearest file of rules decides.
    return rules.reversed().lazy
      .compactMap { $0.ignores(String(path.dropFirst($1)), isFolder: isFolder) }.first ?? false
  }

  private mutating func append(_ file: FoundFile) {
    let (inserted, other) = seen.insert(file.path)
    if inserted { return files.append(file) }
    guard other.utf8.elementsEqual(file.path.utf8) else {
      return failures.append(
        (file.name, "another file has this name, spelled in other code points; rename one of them"))
    }
  }

  /// Pictures with the texts that have their names.
  private static func captions(among entries: [String]) -> [String: String] {
    let texts = Set(entries.filter { $0.hasSuffix(".txt") })
    var captions: [String: String] = [:]
    for entry in entries where FoundFile.Kind(path: entry) == .picture {
      let stem = entry[..<(entry.lastIndex(of: ".") ?? entry.endIndex)]
      if texts.contains(stem + ".txt") { captions[entry] = stem + ".txt" }
    }
    return captions
  }

  /// Names in a folder, in no order.
  ///
  /// - Throws: `FileError`.
  private static func entries(of folder: String) throws -> [[UInt8]] {
    guard let stream = opendir(folder) else {
      throw FileError(path: folder, operation: "open", code: errno)
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw FileError(path: folder, operation: "read", code: errno) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(
          to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)
        ) { [UInt8](UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
      }
      if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
    }
  }

  /// A name that is no text, with its strange bytes as \xE9.
  private static func escaped(_ name: [UInt8]) -> String {
    name.map { byte in
      (0x20..<0x7F).contains(byte)
        ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }

  private static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path
  }

  /// As the user wrote it, without what says nothing.
  private static func shown(_ argument: String) -> String {
    var name = argument[...]
    while name.hasPrefix("./") { name = name.dropFirst(2) }
    while name.count > 1, name.hasSuffix("/") { name = name.dropLast() }
    return name == "." || name == "/" ? "" : String(name)
  }
}
