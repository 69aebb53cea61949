import ArgumentParser
import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

struct StoreCheckCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Looks for what makes an index answer badly.",
    discussion: """
      Files that are gone or have changed; files that could not be read; rows with one and the same \
      vector, or with one that is not of length 1; and, for a few items, whether encoding them again gives the vectors that the index has, \
      or whether those are of the pictures' file names. Exit status: 1 where something is found.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var store: StoreOptions
  @Option(parsing: .unconditional, help: "Items that are encoded again.") var samples = 8
  @Option(help: "jsonl is a finding a line, json an object with all.") var format = StoreFormat.json

  func check() throws {
    guard samples >= 0 else {
      throw ValidationError("--samples is \(samples); expected 0 or more.")
    }
  }

  func run() throws {
    let store = try store.opening()
    var findings =
      try store.problems.map { StoreFinding(kind: "failed", id: nil, message: $0) }
      + store.findings() + ((store as? DiskStore)?.failures() ?? [])
    if samples > 0 {
      let model = try IndexedModel(model, of: store)
      for difference in try store.fingerprint()?.differences(from: model.fingerprint) ?? [] {
        findings.append(.init(kind: "model", id: nil, message: difference))
      }
      findings += try store.findings(encoding: samples, by: model.embedder)
    }
    let output = try OutputFile(path: nil)
    switch format {
    case .table:
      for finding in findings {
        try output.write(
          [finding.id, finding.message].compactMap { $0 }.joined(separator: ": ") + "\n")
      }
      try output.write("\(try store.count()) rows, \(findings.count) findings\n")
    case .jsonl:
      for finding in findings { try output.write(JSONWriter.line { finding.write(to: &$0) }) }
    case .json:
      try output.write(
        JSONWriter.line { object in
          object.member("ok", findings.isEmpty)
          object.objects("findings", findings) { $1.write(to: &$0) }
        })
    }
    try output.finish()
    if !findings.isEmpty { throw ExitCode(1) }
  }
}

extension StoreFinding {
  fileprivate func write(to object: inout JSONWriter.ObjectWriter) {
    object.member("kind", kind)
    if let id { object.member("id", id) }
    object.member("message", message)
  }
}
