import Foundation

/// A folder of its own, and scripts that run there; in them, `$tessera` is the command and `$model` a
/// small model.
package struct Shell: Sendable {
  package let folder: TemporaryFolder
  private let model: String

  package init(model: URL) throws {
    folder = try TemporaryFolder()
    self.model = model.path
  }

  package func callAsFunction(_ script: String, input: Data = Data()) throws -> Command {
    let names = "tessera='\(Command.url("tessera").path)'; model='\(model)'"
    return try Command.run(
      URL(filePath: "/bin/bash"), ["-c", "cd '\(folder.url.path)'; \(names)\n\(script)"],
      input: input)
  }

  package func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.url.appending(path: name))
  }

  package func copy(_ file: URL, to name: String) throws {
    let target = folder.url.appending(path: name)
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: file, to: target)
  }

  package func read(_ name: String) throws -> String {
    try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
  }

  package func data(_ name: String) throws -> Data {
    try Data(contentsOf: folder.url.appending(path: name))
  }

  /// All that lies in the folder, hidden files too.
  package func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }
}
