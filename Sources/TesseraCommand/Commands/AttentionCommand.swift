import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraStudy

struct AttentionCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "Shows what tokens look at: in numbers, as a heat map, or over the picture.",
    discussion: """
      A heat map has the tokens that look on its left and those that they look at on top; over the \
      picture, the weights lie on its patches. Layers and heads count from 0.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var item: SingleItemOptions
  @Option(help: "LAYER for the mean of its heads, LAYER:HEAD for one: 3, 3:5.")
  var layer: LayerAndHead?
  @Option(
    name: .customLong("in"),
    help: "encoder or image-tower; by default the encoder, where it reads the item.")
  var stack: LayerStack?
  @Option(help: "Only what this word looks at; \"[CLS]\" is the class token, 3,4 a patch.")
  var from: String?
  @Flag(help: "Draw the weights over the image; of the first token unless --from names another.")
  var overImage = false
  @Option(
    name: .shortAndLong, help: "Write a picture: F.png.", completion: .file(extensions: ["png"]))
  var output: String?
  @Option(
    help: "GNU Unifont's .hex file, for labels that are not ASCII.",
    completion: .file(extensions: ["hex"]))
  var font: String?
  @Option(help: "Numbers on standard output: table or json.") var format = ReportFormat.table

  func check() throws {
    try item.requireGiven()
    _ = try ArgumentCheck.require(layer, "--layer <layer>")
    if overImage && (item.image == nil || output == nil) {
      throw ValidationError("--over-image needs --image, and --output for the picture.")
    }
    try FileEnding.require(".png", of: output, option: "--output")
  }

  func run() throws {
    let layer = try ArgumentCheck.require(layer, "--layer <layer>")
    let planned = try PlannedOutputs(output)
    try planned.spare(item.image, font)
    try planned.spareModel(model.model.location)
    let letters = try font.map { try BitmapFont(hexFile: URL(filePath: $0)) } ?? .builtIn
    let embedder = try model.loadEmbedder()
    let line = item.line
    let item = try line.item.get()
    let stack = try stack ?? embedder.plan(for: item).stacks.first ?? .encoder
    let attention = try Attention(of: item, in: stack, layer: layer.layer, of: embedder)
    var map = try attention.map(of: layer.heads)
    if let word = from ?? (overImage ? map.sequence.tokens.first?.text : nil) {
      map = try map.rows(of: word)
    }
    if let output {
      let picture = try overImage ? item.image.map(embedder.pictureAsRead) : nil
      let drawing =
        try picture.map { try map.overlay(on: $0, font: letters) } ?? map.heatMap(font: letters)
      try Destination.write(to: output) { try drawing.write(to: $0) }
    }
    try AttentionReport(map).print(format)
    if let embedding = attention.embedding {
      Notices.print(embedding, of: line, readAs: model.pixels)
    }
  }
}
