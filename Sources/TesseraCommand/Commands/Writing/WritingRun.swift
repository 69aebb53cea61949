import ArgumentParser
import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// One picture with what is to be written about it, or the reason why it is none.
struct WritingItem {
  let row: ItemRow
  /// A prompt or a question, and the picture.
  let request: Result<(text: String, image: ImageSource), ItemFailure>
  /// Members that the row writes before the text.
  var question: String? = nil
}

/// A run of a command that writes about pictures: rows appear as soon as they are done.
struct WritingRun {
  /// The row's member for the text: "caption".
  let key: String
  let options: WriterOptions
  private let output: OutputFile
  private var outcome = Outcome()

  init(_ key: String, _ options: WriterOptions) throws {
    self.key = key
    self.options = options
    output = try OutputFile(path: nil)
  }

  /// Members that the rows of both commands write themselves.
  private static let ownKeys: Set<String> = ["question", "answer", "caption"]

  /// - Parameter write: writes about some items at once.
  mutating func write(
    _ items: [WritingItem], atOnce count: Int,
    by write: ([(text: String, image: ImageSource)]) throws -> [Result<WrittenText, EmbedderError>]
  ) throws {
    for start in stride(from: 0, to: items.count, by: count) {
      let part = items[start..<min(start + count, items.count)]
      var results = try write(part.compactMap { try? $0.request.get() }).makeIterator()
      for item in part {
        let result = item.request.flatMap { _ in
          (results.next() ?? .failure(.emptyItem)).mapError(ItemFailure.encoding)
        }
        switch result {
        case .success(let written): noteLimit(written, item.row)
        case .failure(let error): outcome.noteFailure(item.row.message(error))
        }
        try output.write(text(item, result))
      }
      try output.flush()
    }
  }

  /// Writes about the only item, and saves what the text was made of.
  ///
  /// - Throws: what keeps the trace from being written.
  static func traced(
    _ items: [(text: String, image: ImageSource)], to path: String,
    by write: (String, ImageSource) throws -> TracedText
  ) throws -> [Result<WrittenText, EmbedderError>] {
    guard items.count <= 1 else {
      throw ValidationError("--trace records one image; found \(items.count) or more.")
    }
    return try items.map { item in
      do {
        let traced = try write(item.text, item.image)
        try Destination.write(to: path) { try traced.save(to: $0) }
        return .success(traced.text)
      } catch let error as EmbedderError {
        return .failure(error)
      }
    }
  }

  mutating func notePictures(of lines: [ItemLine]) {
    outcome.notePictures(of: lines, readAs: options.model.pixels)
  }

  mutating func end() throws {
    try output.finish()
    try outcome.end()
  }

  /// Says, where no row does, that a text was not at its end.
  private func noteLimit(_ written: WrittenText, _ row: ItemRow) {
    guard options.format == .text, written.end == .length else { return }
    StandardError.note(
      "\(row.place): the \(key) reached the limit of its tokens (\(written.tokenIDs.count));"
        + " --max-new-tokens sets it, where the context has room")
  }

  private func text(_ item: WritingItem, _ result: Result<WrittenText, ItemFailure>) -> String {
    guard options.format == .jsonl else {
      return ((try? result.get().text) ?? "").replacing("\n", with: " ") + "\n"
    }
    return JSONWriter.line { object in
      let written = try? result.get()
      item.row.writeFields(
        to: &object, replacing: Self.ownKeys.union(written?.end == nil ? [] : ["end"]))
      if let question = item.question { object.member("question", question) }
      switch result {
      case .success(let written):
        object.member(key, written.text)
        if let end = written.end { object.member("end", end.rawValue) }
      case .failure(let error): object.member("error", item.row.message(error))
      }
    }
  }
}

extension ItemRow {
  /// A further field of the input that is a text.
  func string(_ key: String) -> String? {
    fields.first { $0.key == key }.flatMap { field in
      try? JSONReader.read(field.json) { try $0.readString() }
    }
  }
}
