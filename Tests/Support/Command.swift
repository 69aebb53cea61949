import Foundation

/// Runs the executables of this package as a user would.
package struct Command: Sendable {
  package let status: Int32
  package let output: Data
  package let errors: String

  package var text: String { String(decoding: output, as: UTF8.self) }

  /// Lines of standard output.
  package var lines: [String] { text.split(separator: "\n").map(String.init) }

  /// Runs a program to its end; its standard output is gathered, unless it goes to a file.
  package init(
    _ program: String, _ arguments: [String], input: Data = Data(), output file: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    self = try Command.run(
      Command.url(program), arguments, input: input, output: file, environment: environment)
  }

  private init(status: Int32, output: Data, errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  package static func run(
    _ program: URL, _ arguments: [String], input: Data = Data(), output file: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Command {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    // A model that the environment names is none of the tests'.
    process.environment = ProcessInfo.processInfo.environment
      .filter { $0.key != "TESSERA_MODEL" }.merging(environment) { $1 }
    let folder = try TemporaryFolder()
    let stdin = folder.url.appending(path: "stdin")
    let stdout = file.map { URL(filePath: $0) } ?? folder.url.appending(path: "stdout")
    let stderr = folder.url.appending(path: "stderr")
    try input.write(to: stdin)
    try Data().write(to: stderr)
    if file == nil { try Data().write(to: stdout) }
    process.standardInput = try FileHandle(forReadingFrom: stdin)
    process.standardOutput = try FileHandle(forWritingTo: stdout)
    process.standardError = try FileHandle(forWritingTo: stderr)
    try process.run()
    process.waitUntilExit()
    return Command(
      status: process.terminationStatus,
      output: file == nil ? try Data(contentsOf: stdout) : Data(),
      errors: try String(contentsOf: stderr, encoding: .utf8))
  }

  /// Where the build puts an executable: beside the tests' own.
  package static func url(_ program: String) -> URL {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: program)
  }
}

/// A folder that goes away with its last reference.
package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "tessera-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func path(_ name: String) -> String { url.appending(path: name).path }
}

/// The goldens' checkpoints as `weights-converter` makes model folders of them, once a run.
package enum ConvertedModels {
  package static let visualTinyEnglish = Result {
    try convert(
      [
        Goldens.url("visual-tiny-en/Visualized_visual-tiny-en.pth").path,
        "--text-model", Goldens.url("visual-tiny-en").path,
      ])
  }
  package static let visualTinyM3 = Result {
    try convert(
      [
        Goldens.url("visual-tiny-m3/Visualized_visual-tiny-m3.pth").path,
        "--text-model", Goldens.url("visual-tiny-m3").path,
      ])
  }
  package static let bgeM3Tiny = Result { try convert([Goldens.url("bge-m3-tiny").path]) }

  /// The model in another folder, its linear layers' weights as bytes.
  package static func quantized(_ model: URL) throws -> URL {
    try convert([model.path, "--quantize", "int8"])
  }

  /// The same for `int4`: a model that chats, the weights of its decoder in four bits.
  package static func fourBits(_ model: URL) throws -> URL {
    try convert([model.path, "--quantize", "int4"])
  }

  private static let folder = Result { try TemporaryFolder() }

  private static func convert(_ arguments: [String]) throws -> URL {
    let target = try folder.get().url.appending(path: UUID().uuidString)
    let run = try Command("weights-converter", arguments + ["-o", target.path, "--quiet"])
    guard run.status == 0 else { throw ConversionFailed(errors: run.errors) }
    return target
  }

  private struct ConversionFailed: Error { let errors: String }
}
