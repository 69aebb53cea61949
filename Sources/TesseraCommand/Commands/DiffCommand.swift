import ArgumentParser
import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraStudy

struct DiffCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract:
      "Walks through the stages of one item beside a reference's, to the first that differs.",
    discussion: """
      The reference is a safetensors file whose names are PyTorch's module paths, such as \
      Tests/reference/trace.py writes with forward hooks; docs/comparing.md has a script for any \
      model. A large stage of a deep model may need --atol 1e-4. Exit status 1 if a stage differs.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var item: SingleItemOptions
  @Option(help: "Activations to compare with: F.safetensors.", completion: .file())
  var reference: String?
  @Option(parsing: .unconditional, help: "Difference that is allowed everywhere.")
  var atol: Float = 1e-5
  @Option(
    parsing: .unconditional,
    help: "Difference that is allowed for each unit of the reference's number.")
  var rtol: Float = 1e-4
  @Flag(help: "Go on behind the first stage that differs.") var all = false

  func check() throws {
    try item.requireGiven()
    _ = try ArgumentCheck.require(reference, "--reference <reference>")
    for (name, tolerance) in [("--atol", atol), ("--rtol", rtol)] where !(tolerance >= 0) {
      throw ValidationError("\(name) is \(tolerance); expected 0 or more.")
    }
  }

  func run() throws {
    let reference = try ArgumentCheck.require(reference, "--reference <reference>")
    let embedder = try model.loadEmbedder()
    let traced = try embedder.encodeTracing(item.line.item.get())
    let file = URL(filePath: reference)
    let comparisons = try traced.compare(with: file, absolute: atol, relative: rtol)
    guard !comparisons.isEmpty else {
      throw DiffFailure(description: "\(reference) has no stage that this model has")
    }
    let output = try OutputFile(path: nil)
    var differs = false
    for comparison in comparisons {
      try output.write(comparison.line + "\n")
      if case .near = comparison.outcome { continue }
      differs = true
      if !all { break }
    }
    try output.finish()
    let others = try traced.namesWithoutStage(in: file)
    if !others.isEmpty {
      StandardError.note(
        "compared \(comparisons.count) stages; \(others.count) names of the reference are no"
          + " stage of this model: \(others.listed)")
    }
    if differs { throw ExitCode(1) }
  }
}

struct DiffFailure: Error, CustomStringConvertible { let description: String }

extension StageComparison {
  /// One line for a person.
  fileprivate var line: String {
    switch outcome {
    case .near(let difference):
      "same  \(name)  largest difference \(difference)"
    case .far(let divergence):
      "DIFF  \(name)  at \(divergence.index): \(divergence.ours), reference"
        + " \(divergence.reference); cosine \(divergence.cosine), norms \(divergence.normRatio) : 1"
    case .otherShape(let ours, let reference):
      "DIFF  \(name)  shape \(ours), reference \(reference)"
    }
  }
}
