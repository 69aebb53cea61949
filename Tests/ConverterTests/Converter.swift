import Foundation

/// The built command, run as a user runs it.
struct Converter {
  let folder: String

  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  static let cases = Bundle.module.resourceURL?.appending(path: "Cases").path ?? "Cases"
  /// Products lie beside the resource bundles of the tests.
  private static let executable = Bundle.module.bundleURL.deletingLastPathComponent()
    .appending(path: "weights-converter")

  /// Makes a folder of its own, which `remove` takes away.
  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/tessera-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs the command; `whileRunning` is given the process.
  func run(
    _ arguments: String..., output: String = "stdout",
    whileRunning: (Process) throws -> Void = { _ in }
  ) throws -> Outcome {
    try run(arguments, output: output, whileRunning: whileRunning)
  }

  func run(
    _ arguments: [String], output: String = "stdout",
    whileRunning: (Process) throws -> Void = { _ in }
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    // Files, not pipes: a full pipe would stop the command.
    let outputPath = output.hasPrefix("/") ? output : "\(folder)/\(output)"
    let errorPath = "\(folder)/stderr"
    for path in [outputPath, errorPath] where !path.hasPrefix("/dev/") {
      try Data().write(to: URL(filePath: path))
    }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: outputPath))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errorPath))
    try process.run()
    try whileRunning(process)
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: outputPath.hasPrefix("/dev/")
        ? "" : try String(contentsOf: URL(filePath: outputPath), encoding: .utf8),
      errors: try String(contentsOf: URL(filePath: errorPath), encoding: .utf8))
  }

  func names(in subfolder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(subfolder)").sorted()
  }
}
