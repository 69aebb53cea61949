import ArgumentParser
import Embedders
import Foundation
import JSON
import Study

struct AttentionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "Shows what tokens look at: in numbers, as a heat map, or over the picture.",
    discussion: """
      A heat map has the tokens that look on its left and those that they look at on top; over the \
      picture, the weights lie on its patches. Layers and heads count from 0.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @OptionGroup var model: ModelOptions
  @Option(help: "A text.") var text: String?
  @Option(help: "An image file: PNG, JPEG or WebP.") var image: String?
  @Option(help: "LAYER for the mean of its heads, LAYER:HEAD for one: 3, 3:5.")
  var layer: LayerAndHead
  @Option(
    name: .customLong("in"),
    help: "encoder or image-tower; by default the encoder, where it reads the item.")
  var stack: LayerStack?
  @Option(help: "Only what this word looks at; \"[CLS]\" is the class token, 3,4 a patch.")
  var from: String?
  @Flag(help: "Draw the weights over the image; of the first token unless --from names another.")
  var overImage = false
  @Option(name: .shortAndLong, help: "Write a picture: F.png.") var output: String?
  @Option(help: "GNU Unifont's .hex file, for labels that are not ASCII.") var font: String?
  @Option(help: "Numbers on standard output: table or json.") var format = Format.table

  func validate() throws {
    guard text != nil || image != nil else {
      throw ValidationError("Give --text, --image or both.")
    }
    if overImage && (image == nil || output == nil) {
      throw ValidationError("--over-image needs --image, and --output for the picture.")
    }
    if let output, !output.hasSuffix(".png") {
      throw ValidationError("--output \(output): the name must end with .png.")
    }
  }

  func run() throws {
    let letters = try font.map { try BitmapFont(hexFile: URL(filePath: $0)) } ?? .builtIn
    let embedder = try model.loadEmbedder()
    let line = ItemLine(index: 0, text: text, image: image)
    let item = try line.item.get()
    let stack =
      try stack
      ?? LayerStack.allCases.first { try !embedder.tokens(of: item, in: $0).tokens.isEmpty }
    let attention = try Attention(
      of: item, in: stack ?? .encoder, layer: layer.layer, of: embedder)
    var map = try attention.map(of: layer.heads)
    if let word = from ?? (overImage ? map.sequence.tokens.first?.text : nil) {
      map = try map.rows(of: word)
    }
    if let output {
      let drawing =
        if overImage, let image = item.image {
          try map.overlay(on: embedder.pictureAsRead(image), font: letters)
        } else {
          try map.heatMap(font: letters)
        }
      try drawing.write(to: URL(filePath: output))
    }
    let out = try OutputFile(path: nil)
    try out.write(format == .table ? AttentionTable(map).text : AttentionTable(map).json)
    try out.finish()
    var notices = Notices()
    if let embedding = attention.embedding { notices.note(embedding, of: line.row.place) }
    notices.print()
  }
}

/// `3` or `3:5`.
struct LayerAndHead: ExpressibleByArgument {
  let layer: Int
  let heads: Attention.Heads

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.count <= 2, numbers.allSatisfy({ $0 >= 0 }) else {
      return nil
    }
    layer = numbers[0]
    heads = numbers.count == 2 ? .one(numbers[1]) : .mean
  }
}

extension LayerStack: ExpressibleByArgument {}
