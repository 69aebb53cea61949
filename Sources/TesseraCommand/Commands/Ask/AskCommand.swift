import ArgumentParser
import Foundation
import TesseraChat
import TesseraEmbedders
import TesseraHTTP
import TesseraRetrieval
import TesseraServing

struct AskCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Answers questions from an index by a chat model that sees its pictures.",
    discussion: """
      tessera ask "what colour is the car?" --in photos.tessera --chat http://localhost:11434#llava
      tessera ask "who is on it?" --in photos.tessera --chat local:models/SmolVLM-256M-Instruct
      tessera ask "@photo.jpg is this one among them?" --in photos.tessera \
      --chat https://api.openai.com/v1#gpt-5

      What the index has nearest to a question is sent with it: pictures as small JPEGs, texts with \
      their sources. The answer comes as it is written; the sources follow. Servers: OpenAI's chat \
      completions (llama.cpp, vLLM, Gemini and others too) and Responses, Ollama, Anthropic, Gemini; \
      --api says which, where the address does not. Keys are read from OPENAI_API_KEY, \
      ANTHROPIC_API_KEY, GEMINI_API_KEY, OLLAMA_API_KEY, or what --key-env names.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, jsonl }

  @OptionGroup var model: ModelOptions
  @Option(name: .customLong("in"), help: StoreAddress.help, completion: .directory) var index:
    String
  @Option(help: "The chat model: URL#MODEL, or local:FOLDER for one of this machine.") var chat:
    String
  @Option(help: "How it is spoken to: chat, responses, ollama, anthropic or gemini.") var api:
    ChatModel.API?
  @Option(help: "The environment's variable that holds the key.") var keyEnv: String?
  @Option(name: .short, parsing: .unconditional, help: "Sources that are sent.") var k = 2
  @Option(name: .customLong("where"), help: "Only rows of which this is true, as search takes it.")
  var condition: String?
  @Option(parsing: .unconditional, help: "Sources with a lower score are left out.")
  var minScore: Float?
  @Option(parsing: .unconditional, help: "How it is to answer, in place of what Tessera says.")
  var system: String?
  @Option(
    help: "The language of the answer: a name, as English or 中文; the model's choice by default.")
  var language: String?
  @Option(
    parsing: .unconditional,
    help: "Tokens of the answer at most; what the server or the model says by default.")
  var maxTokens: Int?
  @Option(parsing: .unconditional, help: "Pixels of a picture's longer side at most.")
  var maxImage = 1024
  @Option(
    parsing: .unconditional, help: "Seconds of silence after which the server counts as gone.")
  var timeout = 300
  @Flag(help: "Print what would be sent, pictures abbreviated; send nothing.") var dryRun = false
  @Option(help: "text, or jsonl: an object a question.") var format = Format.text
  @Argument(help: "Questions: a text, or \"@IMAGE text\".") var questions: [String]

  func check() throws {
    for (name, value) in [
      ("-k", k), ("--max-image", maxImage), ("--timeout", timeout),
      ("--max-tokens", maxTokens ?? 1),
    ] where value <= 0 {
      throw ValidationError("\(name) is \(value); expected a positive number.")
    }
    if questions.isEmpty { throw ValidationError("Give a question.") }
    if let minScore, !minScore.isFinite { throw ValidationError("--min-score is not a number.") }
    if isLocal, api != nil || keyEnv != nil {
      throw ValidationError("--api and --key-env are for servers: not with \(chat).")
    }
    do {
      if !isLocal { _ = try ChatModel(chat, api: api) }
      _ = try condition.map { try Filter($0) }
    } catch { throw ValidationError("\(error)") }
  }

  func run() throws {
    let answerer = try answerer()
    let store = try StoreAddress(index).reading()
    let model = try IndexedModel(model, of: store, awaitingVocabulary: false, as: .query)
    try model.requireComparable(with: store)
    let request = StoreRequest(
      limit: k, filter: try condition.map { try Filter($0) }, minimumScore: minScore)
    let output = try OutputFile(path: nil)
    var hasFailed = false
    // A question is one, whatever files are called like it.
    for (number, question) in questions.enumerated() {
      let line = ItemSource.line(number, shorthand: question)
      let writer = AnswerWriter(output, format, line.row, isFirst: number == 0)
      do {
        let query = try Self.query(line, model.embedder, store.ownMode.kinds)
        let sources = ChatSources(try store.search(query, request), pixels: maxImage)
        for failure in sources.failures { StandardError.write("error: \(failure)") }
        for note in sources.notes { StandardError.note(note) }
        guard !sources.hits.isEmpty else {
          try store.noteMissingFields(of: request.filter)
          throw NothingFound()
        }
        let picture = try line.row.image.map {
          try ChatRequest.Picture(file: $0, pixels: maxImage)
        }
        let asked = sources.request(
          line.row.text, picture: picture, system: instructions, maximumTokens: maxTokens)
        guard !dryRun else {
          try output.write(answerer.description(of: asked))
          continue
        }
        try writer.answer(sources) { try answerer.ask(asked, $0) }
      } catch let error where !(error is ExitCode) {
        hasFailed = true
        try writer.fail("\(error)")
      }
    }
    try output.finish()
    if hasFailed { throw ExitCode(1) }
  }

  private var isLocal: Bool { chat.hasPrefix(LocalAnswerer.mark) }

  private func answerer() throws -> any QuestionAnswering {
    if isLocal { return try LocalAnswerer(chat, model) }
    return try ChatServer(
      ChatModel(chat, api: api), environment: ProcessInfo.processInfo.environment,
      keyVariable: keyEnv, transport: CurlTransport(patience: Double(timeout)))
  }

  /// Where a model has no vector of both, the picture of a question stands for it.
  private static func query(
    _ line: ItemLine, _ embedder: Embedder, _ kinds: [VectorKind]
  ) throws -> StoreQuery {
    func encoded(_ item: Item) throws -> Embedding {
      try embedder.encode([item], returning: kinds)[0].get()
    }
    let item = try line.item.get()
    do {
      let embedding = try encoded(item)
      var notices = Notices()
      notices.note(embedding, of: "the question, as it is searched for,")
      notices.print()
      return StoreQuery(embedding)
    } catch EmbedderError.pairsNotSupported, EmbedderError.textBesidePage {
      StandardError.note("what is near to the picture is sent: this model has no vector of both")
      return StoreQuery(try encoded(Item(text: nil, image: item.image)))
    }
  }

  private var instructions: String {
    (system ?? ChatSources.instructions)
      + (language.map { " Answer in this language: \($0)." } ?? "")
  }

  struct NothingFound: Error, CustomStringConvertible {
    var description: String { "the index has nothing for this question; nothing was sent" }
  }
}

extension ChatModel.API: ExpressibleByArgument {}
