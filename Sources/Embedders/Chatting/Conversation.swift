import TesseraModels
import TesseraTemplates
import TesseraTensors
import TesseraTokenizers

/// What was said with a chat model, and what the model remembers of it: keys and values of every token,
/// so that a turn reads what is new and nothing else.
///
/// Each turn is answered as if the whole conversation were read at once: where a template spells what
/// was said before in another way than it was written, from there on it is read anew.
public struct Conversation: Sendable {
  private let chat: LocalChat
  /// What was said.
  public private(set) var messages: [ChatMessage]

  private var session: any ChatSession
  /// What the session has read.
  private var ids: [Int] = []
  private var pictures: [PreparedPicture] = []
  /// What the model makes of them.
  private var seen: [Tensor] = []

  init(_ chat: LocalChat, _ messages: [ChatMessage]) {
    self.chat = chat
    self.messages = messages
    session = chat.model.session()
  }

  /// Tokens that the model has read and remembers.
  public var tokenCount: Int { ids.count }

  /// Forgets all turns but how the model is to answer.
  public mutating func reset() {
    self = Conversation(chat, messages.filter { $0.role == .system })
  }

  /// Says something, and hands on the answer as it is written.
  ///
  /// Where there is no answer, what was said is forgotten, and the conversation goes on as before. If the
  /// surrounding task is cancelled, what is there of the answer stays.
  ///
  /// - Parameters:
  ///   - images: before the text, in this order.
  ///   - piece: takes each piece of the answer, whole characters.
  ///   - step: is told each token, before its text.
  /// - Throws: `EmbedderError`, such as for a picture that cannot be read; `ConversationError`;
  ///   `CancellationError` if the surrounding task was cancelled before the first token; what `piece`
  ///   and `step` throw.
  public mutating func ask(
    _ text: String, about images: [ImageSource] = [], options: ChatOptions = ChatOptions(),
    _ piece: (String) throws -> Void = { _ in }, step: ((ChatStep) throws -> Void)? = nil
  ) throws -> ChatAnswer {
    let before = messages
    messages.append(ChatMessage(.user, images.map { .image($0) } + [.text(text)]))
    do {
      return try answer(options, piece, step: step)
    } catch {
      messages = before
      // A picture of what is forgotten may have changed what others become.
      if pictures.count != before.flatMap(\.images).count { forget(pictures: 0) }
      throw error
    }
  }

  /// Answers what was said last; see `ask`.
  public mutating func answer(
    _ options: ChatOptions = ChatOptions(), _ piece: (String) throws -> Void = { _ in },
    step: ((ChatStep) throws -> Void)? = nil
  ) throws -> ChatAnswer {
    do {
      let answer = try write(options, step, piece)
      messages.append(ChatMessage(.assistant, answer.text))
      return answer
    } catch let error where Self.isOfTheModel(error) {
      throw EmbedderError.unableToWrite(reason: "\(error)")
    }
  }

  private static func isOfTheModel(_ error: any Error) -> Bool {
    error is ChatError || error is GenerationError || error is TemplateError
  }

  private mutating func write(
    _ options: ChatOptions, _ step: ((ChatStep) throws -> Void)?, _ piece: (String) throws -> Void
  ) throws -> ChatAnswer {
    try prepare()
    let prompt = try chat.ids(messages, pictures)
    let limit = chat.contextLength
    guard prompt.count < limit else {
      throw ConversationError.full(tokens: prompt.count, limit: limit)
    }
    let (logits, readCount) = try read(prompt)
    let settings = chat.settings(options)
    let seed = options.seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
    let wanted =
      settings.maximumNewTokens ?? settings.maximumLength.map { $0 - prompt.count } ?? 512
    guard wanted > 0 else {
      throw GenerationError.promptTooLong(
        tokens: prompt.count, limit: settings.maximumLength ?? 0)
    }
    let minimum = settings.minimumNewTokens.map { prompt.count + $0 } ?? settings.minimumLength
    var writing = AnswerWriting(
      chooser: TokenChooser(
        settings, ends: chat.family.format.ends, minimumLength: minimum, seed: seed),
      stream: chat.tokenizer.textStream(), stops: StopFilter(settings.stops))
    let end = try write(
      &writing, logits, maximum: min(wanted, limit - prompt.count), options, step, piece)
    try writing.finish(piece)
    return ChatAnswer(
      text: writing.text, tokenIDs: writing.ids, promptTokenCount: prompt.count,
      readTokenCount: readCount, end: end, seed: seed)
  }

  private mutating func write(
    _ writing: inout AnswerWriting, _ first: Tensor, maximum: Int, _ options: ChatOptions,
    _ step: ((ChatStep) throws -> Void)?, _ piece: (String) throws -> Void
  ) throws -> ChatAnswer.End {
    var logits = first
    while true {
      let id = try writing.chooser.choose(logits, after: ids)
      if let step {
        try step(chat.step(writing.ids.count, id, logits, candidates: options.candidates))
      }
      writing.ids.append(id)
      if chat.family.format.ends.contains(id) { return .stop }
      try writing.take(id, piece)
      if writing.stops.isDone { return .stop }
      if writing.ids.count == maximum { return .length }
      do {
        logits = try session.read([id])
      } catch is CancellationError {
        return .interrupted
      }
      ids.append(id)
    }
  }

  // MARK: Reading

  /// Makes pictures ready that are new, and others that become something else beside them.
  private mutating func prepare() throws {
    let images = messages.flatMap(\.images)
    guard images.count != pictures.count else { return }
    let all = try chat.family.prepare(images.map(chat.raster))
    let kept = zip(all, pictures).prefix { $0.isReadLike($1) }.count
    if kept < pictures.count { forget(pictures: kept) }
    seen = try Array(seen.prefix(kept)) + chat.model.see(Array(all[kept...]), trace: nil)
    pictures = all.map(\.withoutPixels)
  }

  /// Forgets pictures from one on, and all that was read.
  private mutating func forget(pictures count: Int) {
    session.truncate(to: 0)
    ids = []
    pictures = Array(pictures.prefix(count))
    seen = Array(seen.prefix(count))
  }

  /// Reads what the session does not know yet.
  ///
  /// - Returns: the logits of what follows, and how many tokens were read.
  private mutating func read(_ prompt: [Int]) throws -> (logits: Tensor, count: Int) {
    // Something has to be read for there to be logits.
    let known = zip(prompt.dropLast(), ids).prefix { $0 == $1 }.count
    let start = wholePictures(prompt, before: known)
    session.truncate(to: start.token)
    ids.removeSubrange(start.token...)
    let logits = try session.read(
      Array(prompt[start.token...]), pictures: Array(seen[start.picture...]))
    ids = prompt
    return (logits, prompt.count - start.token)
  }

  /// The place of a token at or before another one, with as many whole pictures before it.
  private func wholePictures(_ prompt: [Int], before end: Int) -> (token: Int, picture: Int) {
    guard let mark = chat.family.format.pictureToken else { return (end, 0) }
    var left = prompt[..<end].count { $0 == mark }
    for (index, picture) in pictures.enumerated() {
      if left == 0 { return (end, index) }
      guard left >= picture.tokenCount else {
        let places = prompt.indices.filter { prompt[$0] == mark }
        return (places[pictures[..<index].reduce(0) { $0 + $1.tokenCount }], index)
      }
      left -= picture.tokenCount
    }
    return (end, pictures.count)
  }
}

extension PreparedPicture {
  /// Whether the model makes the same of two preparations of one picture.
  fileprivate func isReadLike(_ other: PreparedPicture) -> Bool {
    rows == other.rows && columns == other.columns && originalSize == other.originalSize
      && tokenCount == other.tokenCount && tiles.shape[0] == other.tiles.shape[0]
  }

  /// What is needed of it when it was seen.
  fileprivate var withoutPixels: PreparedPicture {
    PreparedPicture(
      tiles: Tensor([], shape: [tiles.shape[0], 3, 0, 0]), rows: rows, columns: columns,
      originalSize: originalSize, tokenCount: tokenCount)
  }
}

/// An answer while it is written.
private struct AnswerWriting {
  var chooser: TokenChooser
  var stream: TextStream
  var stops: StopFilter
  var ids: [Int] = []
  var text = ""

  mutating func take(_ id: Int, _ piece: (String) throws -> Void) throws {
    try hand(on: stops.take(stream.append(id)), piece)
  }

  mutating func finish(_ piece: (String) throws -> Void) throws {
    guard !stops.isDone else { return }
    try hand(on: stops.take(stream.finish()), piece)
    try hand(on: stops.finish(), piece)
  }

  private mutating func hand(on part: String, _ piece: (String) throws -> Void) throws {
    guard !part.isEmpty else { return }
    text += part
    try piece(part)
  }
}

extension LocalChat {
  fileprivate func step(_ index: Int, _ id: Int, _ logits: Tensor, candidates: Int) -> ChatStep {
    ChatStep(
      index: index, id: id, token: tokenizer.token(id) ?? "",
      candidates: TokenCandidate.likeliest(candidates, of: logits).map {
        .init(
          id: $0.id, token: tokenizer.token($0.id) ?? "", logit: $0.logit,
          probability: $0.probability)
      })
  }
}
