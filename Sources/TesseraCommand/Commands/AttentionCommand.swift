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

      With a model that writes captions, --text is the caption's prompt, and what is shown is what the \
      decoder looked at in the image when it wrote each token: --from WORD --over-image shows which \
      patches made a word of the caption. With a model that answers questions, --text is the question; \
      its words are shown, and those of the answer, whose decoder looks at the picture through them. With \
      a model that chats, --text is what is said, and the words of its answer are shown, the likeliest.
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
    if try Captioner.canLoad(model.model.location) { return try showCaption(layer, letters) }
    if try VisualQuestionAnswerer.canLoad(model.model.location) {
      return try showAnswer(layer, letters)
    }
    if LocalChat.canLoad(try model.model.silentFolder()) { return try showChat(layer, letters) }
    let embedder = try model.loadEmbedder()
    let line = item.line
    let item = try line.item.get()
    let stack = try stack ?? embedder.plan(for: item).stacks.first ?? .encoder
    let attention = try Attention(of: item, in: stack, layer: layer.layer, of: embedder)
    var map = try attention.map(of: layer.heads)
    if let word = from ?? (overImage ? map.sequence.tokens.first?.text : nil) {
      map = try map.rows(of: word)
    }
    try show(map, letters) { try item.image.map(embedder.pictureAsRead) }
    if let embedding = attention.embedding {
      Notices.print(embedding, of: line, readAs: model.pixels)
    }
  }

  /// The item's picture, for a model that writes about it.
  private func writtenAbout() throws -> ImageSource {
    guard stack == nil else { throw ValidationError("--in does not go with a model that writes.") }
    guard let image = try item.line.item.get().image else { throw ItemFailure.noImage }
    return image
  }

  /// What a decoder looked at when it wrote a caption.
  private func showCaption(_ layer: LayerAndHead, _ letters: BitmapFont) throws {
    let image = try writtenAbout()
    let captioner = try model.loadWriter { try Captioner(modelFolder: $0, options: $1) }
    let attention = try CaptionAttention(
      of: image, prompt: item.line.row.text ?? "", layer: layer.layer, of: captioner)
    StandardError.note("the caption is \"\(attention.text.text)\"")
    let map = try attention.map(of: layer.heads)
    try show(from.map(map.rows) ?? map, letters) { try captioner.pictureAsRead(image) }
  }

  /// What a question and its answer looked at.
  private func showAnswer(_ layer: LayerAndHead, _ letters: BitmapFont) throws {
    let image = try writtenAbout()
    guard let question = item.line.row.text else { throw ItemFailure.noQuestion }
    let answerer = try model.loadWriter { try VisualQuestionAnswerer(modelFolder: $0, options: $1) }
    let attention = try AnswerAttention(
      to: question, about: image, layer: layer.layer, of: answerer)
    StandardError.note("the answer is \"\(attention.text.text)\"")
    let map = try attention.map(of: layer.heads)
    try show(from.map(map.rows) ?? map, letters) { try answerer.pictureAsRead(image) }
  }

  /// What a chat model's answer looked at.
  private func showChat(_ layer: LayerAndHead, _ letters: BitmapFont) throws {
    let image = try writtenAbout()
    let said = ChatMessage(
      .user, [.image(image), .text(item.line.row.text ?? PictureChat.captionInstruction)])
    let attention = try ChatAttention(
      of: [said], layer: layer.layer, of: try model.loadChat(),
      options: ChatOptions(temperature: 0))
    StandardError.note("the answer is \"\(attention.traced.answer.text)\"")
    let map = try attention.map(of: layer.heads)
    try show(from.map(map.rows) ?? map, letters) { try attention.traced.pictureAsRead() }
  }

  private func show(
    _ map: AttentionMap, _ letters: BitmapFont, over picture: () throws -> PictureAsRead?
  ) throws {
    if let output {
      let picture = try overImage ? picture() : nil
      let drawing =
        try picture.map { try map.overlay(on: $0, font: letters) } ?? map.heatMap(font: letters)
      try Destination.write(to: output) { try drawing.write(to: $0) }
    }
    try AttentionReport(map).print(format)
  }
}
