import Foundation
import TesseraTestSupport
import Testing

/// The commands of the README, one after another as a stranger would type them, in a copy of the
/// clone's files.
///
/// Left out are those that build or time, those that are or need a server, and those of models that a
/// clone does not have: `-m` with a name in capitals, or with a folder that is not there, and the
/// converter's checkpoints.
@Suite struct ReadmeTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func commands() throws -> [String] {
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let blocks = text.components(separatedBy: "\n```sh\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
    return blocks.flatMap {
      $0.replacing("\\\n", with: " ").split(separator: "\n").map(String.init)
    }
  }

  private static func isRunnable(_ command: String) -> Bool {
    let words = command.split(separator: " ")
    let others: Set<Substring> = ["make", "swift", "python", "python3", "weights-converter"]
    guard let first = words.first, !others.contains(first), !concernsServer(command) else {
      return false
    }
    guard let option = words.firstIndex(of: "-m"), option + 1 < words.count else { return true }
    return FileManager.default.fileExists(
      atPath: root.appending(path: String(words[option + 1])).path)
  }

  private static func concernsServer(_ command: String) -> Bool {
    ["tessera serve", "qdrant://", "--chat"].contains(where: command.contains)
  }

  @Test func `every command that a clone can run runs`() throws {
    let runnable = try Self.commands().filter(Self.isRunnable)
    // Enough that a change of the rule above does not pass for a README without commands.
    #expect(runnable.count > 20, "\(runnable)")
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("models/picturebook"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: Self.root.appending(path: "models/picturebook/gallery").path,
      toPath: folder.path("models/picturebook/gallery"))
    // What a reader of the README has made in /tmp stays his.
    let own = runnable.map { $0.replacing("/tmp/", with: "\(folder.url.path)/") }
    let script = own.map { command in
      "\(command)\n[ $? = 0 ] || echo 'FAILED: \(command.replacing("'", with: ""))' >&2"
    }.joined(separator: "\n")
    let products = Command.url("tessera").deletingLastPathComponent().path
    let run = try Command.run(
      URL(filePath: "/bin/bash"),
      ["-c", "cd '\(folder.url.path)'; PATH=\(products):$PATH; set -o pipefail\n\(script)"])
    let failed = run.errors.split(separator: "\n").filter {
      $0.hasPrefix("FAILED: ") || $0.hasPrefix("error: ")
    }
    #expect(failed.isEmpty, "\(failed)")
    let made = ["vectors.npy", "rows.jsonl", "probs.npz", "whale.html", "head.png", "looks-at.png"]
    for name in made {
      #expect(
        FileManager.default.fileExists(
          atPath: folder.path("models/picturebook/gallery/\(name)")), "\(name)")
    }
  }

  @Test func `what is left out is left out for its model`() throws {
    let left = try Self.commands().filter {
      !Self.isRunnable($0) && $0.hasPrefix("tessera") && !Self.concernsServer($0)
    }
    let models = [
      "-m CLIP", "-m MODEL", "-m bge-m3-converted", "-m RERANKER", "--rerank RERANKER", "-m NLI",
      "-m BLIP",
    ]
    for command in left {
      #expect(models.contains(where: command.contains), "\(command)")
    }
  }
}
