import ArgumentParser
import Embedders
import Foundation
import JSON
import Study

struct InspectCommand: ParsableCommand {
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
  @Option(help: "A text.") var text: String?
  @Option(help: "An image file: PNG, JPEG or WebP.") var image: String?
  @Option(
    parsing: .upToNextOption,
    help: "Stages to show, * for any characters: \"bge_encoder.layer.*.attention.probs\".")
  var layers: [String] = []
  @Option(help: "Write the stages to a file that numpy or safetensors opens: F.npz, F.safetensors.")
  var save: String?
  @Option(help: "Write a page for a browser: F.html, with attention, norms and all statistics.")
  var report: String?
  @Option(help: "table or jsonl.") var format = Format.table
  @Flag(help: "Show the model's modules, with shapes, parameters and operations; run nothing.")
  var tree = false
  @OptionGroup var patching: PatchOptions

  func validate() throws {
    guard tree || text != nil || image != nil else {
      throw ValidationError("Give --text, --image or both.")
    }
    if let save, !save.hasSuffix(".npz"), !save.hasSuffix(".safetensors") {
      throw ValidationError("--save \(save): the name must end with .npz or .safetensors.")
    }
    if let report, !report.hasSuffix(".html") {
      throw ValidationError("--report \(report): the name must end with .html.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    let line = ItemLine(index: 0, text: text, image: image)
    if tree {
      let item = text == nil && image == nil ? nil : try line.item.get()
      let modules = try embedder.modules(for: item)
      let report = ModuleTreeReport(tree: modules.tree, input: modules.input)
      let output = try OutputFile(path: nil)
      try output.write(format == .table ? report.table : report.json)
      return try output.finish()
    }
    let patches = try patching.stagePatches(for: embedder)
    if let report {
      let page = try StudyReport(
        of: line.item.get(), in: embedder, model: model.model.title, patching: patches)
      try page.write(to: URL(filePath: report))
    }
    let traced = try embedder.encodeTracing(
      line.item.get(), matching: layers, patching: patches)
    if let save {
      let file = URL(filePath: save)
      if save.hasSuffix(".npz") {
        try traced.saveArchive(to: file)
      } else {
        try traced.save(to: file)
      }
    }
    let output = try OutputFile(path: nil)
    // With patches, what they do to the vector is the answer, and stages are shown if asked for.
    if patches.isEmpty || !layers.isEmpty {
      try output.write(
        format == .table ? StageTable(traced.stages).text : jsonLines(traced.stages))
    }
    if !patches.isEmpty {
      let report = try patching.report(patches, on: line.item.get(), by: embedder)
      try output.write(format == .table ? report.table : report.json)
    }
    try output.finish()
    var notices = Notices()
    notices.note(traced.embedding, of: line.row.place)
    notices.print()
    if traced.stages.isEmpty {
      StandardError.write("note: no stage has a name like \(layers.joined(separator: ", "))")
    }
  }

  private func jsonLines(_ stages: [TracedEmbedding.Stage]) -> String {
    stages.map { stage in
      let statistics = stage.statistics
      var json = JSONWriter()
      json.writeObject { object in
        object.member("name", stage.name)
        object.member("shape", stage.shape)
        object.member("mean", statistics.mean)
        object.member("deviation", statistics.deviation)
        object.member("norm", statistics.norm)
        object.member("minimum", statistics.minimum)
        object.member("maximum", statistics.maximum)
        object.member("zero_share", statistics.zeroShare)
        object.member("nan_count", statistics.nanCount)
      }
      return json.text + "\n"
    }.joined()
  }
}
