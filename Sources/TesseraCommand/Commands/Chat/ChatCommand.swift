import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraStudy

struct ChatCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Answers in a conversation, about images too, with a model such as SmolVLM.",
    discussion: """
      tessera chat -m MODEL --image car.jpg "what colour is the car?"
      tessera chat -m MODEL < question.txt

      Without a text, on a terminal, a conversation begins: what is typed is said, /image FILE shows an \
      image with what is said next, /reset forgets what was said, /quit ends; Ctrl-C stops an answer. The \
      answer comes as it is written.

      A JSONL row is {"index", "text", "images", "answer", "end", "prompt_tokens", "answer_tokens", \
      "seed"}; "end" is stop, length or interrupted. With --logits N each token is a row before it: \
      {"step", "id", "token", "candidates"}, the candidates with "logit" and "probability", the model's \
      own, before any setting.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, jsonl }

  @OptionGroup var model: ModelOptions
  @Option(
    help: "An image file, shown before the first text; may be repeated.", completion: .file())
  var image: [String] = []
  @Option(parsing: .unconditional, help: "How it is to answer.") var system: String?
  @OptionGroup var settings: ChatSettings
  @Option(help: "text, or jsonl: an object an answer; text by default, jsonl with --logits.")
  var format: Format?
  @Option(
    parsing: .unconditional, help: "Tell the likeliest so many tokens of each step, as JSONL.")
  var logits = 0
  @Option(
    help: """
      Save the activations of reading one turn and its answer, by PyTorch's module paths; those of \
      attention's weights up to 1024 tokens.
      """,
    completion: .file(extensions: ["safetensors"]))
  var trace: String?
  @Argument(help: "What is said.") var text: String?

  func check() throws {
    try model.requireNoOptionsOfVectors()
    guard model.prompt == nil else {
      throw ValidationError("--prompt stands before texts of other models; --system is for chats.")
    }
    guard model.batchTokens == 2048 else {
      throw ValidationError("--batch-tokens does not go with chats, which read one at a time.")
    }
    guard logits >= 0 else { throw ValidationError("--logits is \(logits); expected 0 or more.") }
    if logits > 0, format == .text {
      throw ValidationError("--logits writes rows: not with --format text.")
    }
    if trace != nil, logits > 0 { throw ValidationError("--logits does not go with --trace.") }
    if text?.isEmpty == true { throw ValidationError("The text is empty.") }
  }

  func run() throws {
    let text = try text ?? piped()
    let chat = try model.loadChat()
    let conversation = chat.conversation(system.map { [ChatMessage(.system, $0)] } ?? [])
    var options = settings.options
    options.candidates = logits
    let writer = try ChatWriter(format ?? (logits > 0 ? .jsonl : .text), options)
    if let trace { return try record(chat, conversation.messages, text, writer, to: trace) }
    guard let text else {
      return try dialogue(chat, conversation, writer)
    }
    let speaker = ChatSpeaker(conversation)
    try Interruptible.waiting { [image] in
      try await speaker.say(text, image.map { .file(URL(filePath: $0)) }, writer)
    }
  }

  /// Answers one turn, and saves what the answer was made of.
  private func record(
    _ chat: LocalChat, _ messages: [ChatMessage], _ text: String?, _ writer: ChatWriter,
    to path: String
  ) throws {
    guard let text else { throw ValidationError("--trace records one turn: give a text.") }
    let planned = try PlannedOutputs(path)
    try planned.spareModel(model.model.location)
    try planned.spare(image)
    let pictures = image.map { ChatMessage.Part.image(.file(URL(filePath: $0))) }
    let traced = try chat.answerTracing(
      messages + [ChatMessage(.user, pictures + [.text(text)])], options: writer.options)
    try Destination.write(to: path) { try traced.save(to: $0) }
    try writer.piece(traced.answer.text)
    try writer.end(traced.answer, 0, to: text, image)
  }

  private func dialogue(
    _ chat: LocalChat, _ conversation: Conversation, _ writer: ChatWriter
  ) throws {
    var dialogue = ChatDialogue(chat, conversation, writer, images: image)
    try dialogue.run()
  }

  /// What a pipe or a file says; nil on a terminal, where a conversation begins.
  private func piped() throws -> String? {
    guard isatty(STDIN_FILENO) == 0 else { return nil }
    let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ValidationError("Standard input is not valid UTF-8.")
    }
    let said = text.hasSuffix("\n") ? String(text.dropLast()) : text
    guard !said.isEmpty else { throw ValidationError("Give a text, or pipe one.") }
    return said
  }
}
