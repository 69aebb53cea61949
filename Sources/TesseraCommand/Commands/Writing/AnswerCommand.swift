import ArgumentParser
import TesseraEmbedders
import TesseraStudy

struct AnswerCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "answer",
    abstract: "Answers questions about images, with a model such as BLIP's for visual questions.",
    discussion: """
      Every question is asked about every image: tessera answer -m MODEL --image car.jpg "what colour \
      is the car?"

      A JSONL file holds one question a line: {"image": …, "question": …, "id": …}; without "question", \
      "text" is it, or else the question of the command line. Further fields are carried into the row: \
      {"index", "image", "question", "answer"}, and of a model that chats "end": stop, or length at its \
      limit. A question that fails is a row with "error", and the \
      exit status is 1 after the rest is done.
      """)

  @OptionGroup var writer: WriterOptions
  @Option(
    help: "An image file, a folder, a pattern such as \"*.png\", or -; may be repeated.",
    completion: .file())
  var image: [String] = []
  @OptionGroup var file: ItemFileOptions
  @Option(
    help: "Save every activation of answering one question, by PyTorch's module paths.",
    completion: .file(extensions: ["safetensors"]))
  var trace: String?
  @Argument(help: "Questions.") var questions: [String] = []

  func check() throws {
    guard writer.model.prompt == nil else {
      throw ValidationError("--prompt is for captions; a question stands by itself.")
    }
    guard image.isEmpty != (file.input == nil) else {
      throw ValidationError("Give the images either with --image or with --input.")
    }
    if file.input == nil, questions.isEmpty {
      throw ValidationError("Give a question: tessera answer --image F \"what is this?\"")
    }
    if file.input != nil, questions.count > 1 {
      throw ValidationError("With --input, one question at most is for all images.")
    }
    if trace != nil, image.count != 1 || questions.count != 1 {
      throw ValidationError("--trace records one question about one image, given with --image.")
    }
  }

  func run() throws {
    let planned = try PlannedOutputs(trace)
    try planned.spareModel(writer.model.model.location)
    let chat = try writer.loadPictureChat(isTraced: trace != nil)
    let answerer = try chat == nil ? loadAnswerer() : nil
    let source = try file.source() ?? ItemSource(images: image.flatMap(PictureFiles.named))
    var run = try WritingRun("answer", writer)
    let progress = Progress("answered", of: source)
    try source.forEachBatch { batch in
      try planned.spare(batch)
      let items = batch.flatMap { file.input == nil ? asked(about: $0) : [item($0)] }
      try run.write(items, atOnce: VisualQuestionAnswerer.questionsAtOnce) { items in
        guard let answerer else { return try chat?.write(items) ?? [] }
        if let trace {
          return try WritingRun.traced(items, to: trace) {
            try answerer.answerTracing($0, about: $1)
          }
        }
        return try answerer.answers(to: items.map { ($0.text, $0.image) })
      }
      run.notePictures(of: batch)
      progress.advance(by: batch.count)
    }
    progress.end()
    try run.end()
  }

  private func loadAnswerer() throws -> VisualQuestionAnswerer {
    let answerer = try writer.load { try VisualQuestionAnswerer(modelFolder: $0, options: $1) }
    answerer.notes.forEach(StandardError.note)
    return answerer
  }

  /// All questions about one image of the command line.
  private func asked(about line: ItemLine) -> [WritingItem] {
    questions.enumerated().map { place, question in
      let index = line.row.index * questions.count + place
      let row = ItemRow(
        index: index, line: nil, text: nil, image: line.row.image, fields: [])
      return WritingItem(row: row, request: request(question, line), question: question)
    }
  }

  /// A line's own question, or the one of the command line.
  private func item(_ line: ItemLine) -> WritingItem {
    let question = line.row.string("question") ?? line.row.text ?? questions.first
    return WritingItem(row: line.row, request: request(question, line), question: question)
  }

  private func request(
    _ question: String?, _ line: ItemLine
  ) -> Result<(text: String, image: ImageSource), ItemFailure> {
    line.item.flatMap { item in
      guard let image = item.image else { return .failure(.noImage) }
      return question.map { .success(($0, image)) } ?? .failure(.noQuestion)
    }
  }
}
