import ArgumentParser
import TesseraEmbedders
import TesseraStudy

struct CaptionCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "caption",
    abstract: "Says in words what is on each image, with a model such as BLIP's for captions.",
    discussion: """
      A JSONL file holds one image a line: {"image": …, "text": …, "id": …}; the text, if there is \
      one, is the prompt that its caption begins with, in place of what --prompt says of all, such as \
      "a photo of"; a model that chats, as SmolVLM, is told it as what to do, and says in "end" whether it \
      came to an end (stop) or to its limit (length). Further fields are carried into the row: \
      {"index", "image", "caption"}. An image that fails is a row with "error", and the \
      exit status is 1 after the rest is done.
      """)

  @OptionGroup var writer: WriterOptions
  @Option(
    parsing: .upToNextOption,
    help: "Image files, folders of them, patterns such as \"*.png\", or - for standard input.",
    completion: .file())
  var image: [String] = []
  @OptionGroup var file: ItemFileOptions
  @Option(
    help: "Save every activation of writing one caption, by PyTorch's module paths.",
    completion: .file(extensions: ["safetensors"]))
  var trace: String?

  func check() throws {
    guard image.isEmpty != (file.input == nil) else {
      throw ValidationError("Give the images either with --image or with --input.")
    }
    if trace != nil, image.count != 1 {
      throw ValidationError("--trace records one image: give it with --image.")
    }
  }

  func run() throws {
    let planned = try PlannedOutputs(trace)
    try planned.spareModel(writer.model.model.location)
    let chat = try writer.loadPictureChat(isTraced: trace != nil)
    let captioner = try chat == nil ? loadCaptioner() : nil
    let source = try file.source() ?? ItemSource(images: image.flatMap(PictureFiles.named))
    try planned.spare(source.file, "that is read")
    var run = try WritingRun("caption", writer)
    let progress = Progress("captioned", of: source)
    try source.forEachBatch { batch in
      try planned.spare(batch)
      try run.write(batch.map(item), atOnce: Captioner.picturesAtOnce) { items in
        guard let captioner else { return try chat?.write(items) ?? [] }
        if let trace {
          return try WritingRun.traced(items, to: trace) {
            try captioner.captionTracing($1, prompt: $0)
          }
        }
        return try captioner.captions(of: items.map { ($0.image, $0.text) })
      }
      run.notePictures(of: batch)
      progress.advance(by: batch.count)
    }
    progress.end()
    try run.end()
  }

  private func loadCaptioner() throws -> Captioner {
    let captioner = try writer.load { try Captioner(modelFolder: $0, options: $1) }
    captioner.notes.forEach(StandardError.note)
    return captioner
  }

  private func item(_ line: ItemLine) -> WritingItem {
    WritingItem(
      row: line.row,
      request: line.item.flatMap { item in
        item.image.map { .success((item.text ?? writer.model.prompt ?? "", $0)) }
          ?? .failure(.noImage)
      })
  }
}
