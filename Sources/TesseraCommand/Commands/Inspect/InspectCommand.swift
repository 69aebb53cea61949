import ArgumentParser
import TesseraEmbedders
import TesseraStudy

/// Each of its jobs has a file beside this one.
struct InspectCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Lists every stage of one forward pass, by PyTorch's module paths.",
    discussion: """
      With --patch, stages are changed on the way, and what is shown is how the vector moves (and \
      the stages that --layers names, as they are then): --patch \
      "bge_encoder.layer.3.attention.probs[head 5]=0" silences a head, and --patch \
      "fusion[token 1:17]=*0.5" dims a picture of 16 tokens.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, jsonl }

  @OptionGroup var model: ModelOptions
  @OptionGroup var item: SingleItemOptions
  @Option(
    parsing: .upToNextOption,
    help: "Stages to show, * for any characters: \"bge_encoder.layer.*.attention.probs\".")
  var layers: [String] = []
  @Option(
    help: "Write the stages to a file that numpy or safetensors opens: F.npz, F.safetensors.",
    completion: .file(extensions: ["npz", "safetensors"]))
  var save: String?
  @Option(
    help: "Write a page for a browser: F.html, with attention, norms and all statistics.",
    completion: .file(extensions: ["html"]))
  var report: String?
  @Option(help: "table or jsonl.") var format = Format.table
  @Flag(help: "Show the model's modules, with shapes, parameters and operations; run nothing.")
  var tree = false
  @OptionGroup var patching: PatchOptions

  func check() throws {
    if !tree { try item.requireGiven() }
    try FileEnding.require(".npz", ".safetensors", of: save, option: "--save")
    try FileEnding.require(".html", of: report, option: "--report")
  }

  func run() throws {
    let planned = try PlannedOutputs(save, report)
    try planned.spare(item.image)
    try planned.spare(patching.files)
    try planned.spareModel(model.model.location)
    let embedder = try model.loadEmbedder()
    guard !tree else { return try showTree(of: embedder) }
    let patches = try patching.stagePatches(for: embedder)
    let traced = try embedder.encodeTracing(
      item.line.item.get(), matching: layers, patching: patches)
    try requireMatches(traced)
    if let report { try writePage(to: report, of: embedder, patches) }
    if let save { try self.save(traced, to: save) }
    let effect =
      patches.isEmpty ? nil : try patching.report(patches, on: item.line.item.get(), by: embedder)
    // With patches, what they do to the vector is the answer, and stages are shown if asked for.
    if effect == nil || !layers.isEmpty { try show(StageReport(traced.stages)) }
    if let effect { try show(effect) }
    note(traced)
  }

  func show(_ report: some Report) throws { try report.print(format == .table ? .table : .json) }
}
