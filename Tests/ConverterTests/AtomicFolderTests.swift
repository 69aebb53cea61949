import Foundation
import TesseraCheckpoints
import TesseraTestSupport
import Testing

/// A folder appears complete or not at all, and nothing else is touched.
@Suite struct AtomicFolderTests {
  private let micro = Converter.cases + "/bge-m3-micro"

  @Test func `an existing folder is replaced only by force, and only a model`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let model = converter.folder + "/model"
    _ = try converter.run(micro, "-o", model)
    try Data().write(to: URL(filePath: model + "/mark.json"))
    expectFailure(try converter.run(micro, "-o", model), "already exists")
    #expect(try converter.names(in: "model").contains("mark.json"))
    #expect(try converter.run(micro, "-o", model, "--force").status == 0)
    #expect(try !converter.names(in: "model").contains("mark.json"))

    let other = converter.folder + "/letters"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: other + "/letter.txt"))
    expectFailure(try converter.run(micro, "-o", other, "--force"), "--force replaces only")
    #expect(try converter.names(in: "letters") == ["letter.txt"])
    #expect(try converter.names(in: "") == ["letters", "model", "stderr", "stdout"])
  }

  @Test func `a source is never replaced or entered`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let source = converter.folder + "/source"
    try FileManager.default.copyItem(atPath: micro, toPath: source)
    for target in ["source", "source/inner", "source/../source", ""] {
      let outcome = try converter.run(source, "-o", "\(converter.folder)/\(target)", "--force")
      expectFailure(outcome, "would replace or enter its source")
    }
    #expect(try Checkpoint(path: source).names.count == 3)
  }

  @Test func `what a killed conversion left is removed, other hidden folders stay`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let kept = [".model.converting-12345678x", ".other.converting-12345678", ".model"]
    for name in kept + [".model.converting-0123abcd"] {
      let path = "\(converter.folder)/\(name)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: path + "/model.safetensors"))
    }
    #expect(try converter.run(micro, "-o", converter.folder + "/model").status == 0)
    #expect(
      try converter.names(in: "").filter { $0.hasPrefix(".") } == kept.sorted())
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a signal leaves nothing behind`(_ signal: Int32) throws {
    let converter = try Converter()
    defer { converter.remove() }
    let source = converter.folder + "/source"
    try FileManager.default.copyItem(atPath: micro, toPath: source)
    // 2 GB of zeros that take no room, but time to write.
    let header = #"{"w":{"dtype":"U8","shape":[2000000000],"data_offsets":[0,2000000000]}}"#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
    let weights = source + "/pytorch_model.bin"
    try Data(length + Array(header.utf8)).write(to: URL(filePath: weights))
    #expect(truncate(weights, 2_000_000_008 + header.utf8.count) == 0)

    let outcome = try converter.run(source, "-o", converter.folder + "/model") { process in
      while process.isRunning,
        try !converter.names(in: "").contains(where: { $0.hasPrefix(".model.converting-") })
      {
        usleep(1000)
      }
      kill(process.processIdentifier, signal)
    }
    #expect(outcome.status == 128 + signal)
    #expect(outcome.errors.contains("interrupted by signal \(signal)"))
    #expect(try converter.names(in: "") == ["source", "stderr", "stdout"])
  }

  @Test func `a damaged checkpoint leaves nothing behind`() throws {
    let converter = try Converter()
    defer { converter.remove() }
    let source = converter.folder + "/source"
    try FileManager.default.copyItem(atPath: micro, toPath: source)
    try Data([1, 2, 3]).write(to: URL(filePath: source + "/pytorch_model.bin"))
    expectFailure(try converter.run(source, "-o", converter.folder + "/model"), "found neither")
    #expect(try converter.names(in: "") == ["source", "stderr", "stdout"])
  }
}

#if os(Linux)
  /// Limits that the system sets on files.
  @Suite struct FileLimitTests {
    @Test func `a limit on the size of files is an error, and no half folder`() throws {
      let converter = try Converter()
      defer { converter.remove() }
      let run = try Command.run(
        URL(filePath: "/bin/bash"),
        [
          "-c", "ulimit -f 1; '\(Command.url("weights-converter").path)' \"$@\"", "-",
          Goldens.url("bge-m3-tiny").path, "-o", converter.folder + "/model",
        ])
      #expect(run.status == 1)
      #expect(run.errors.contains("File too large"), "\(run.errors)")
      #expect(try converter.names(in: "").isEmpty)
    }

    @Test func `a pipe gets no progress`() throws {
      let converter = try Converter()
      defer { converter.remove() }
      let run = try converter.run(
        Goldens.url("bge-m3-tiny").path, "-o", converter.folder + "/model")
      #expect(run.status == 0 && run.errors.isEmpty)
    }
  }
#endif
