import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// The sequence that a model reads, before anything is computed.
@Suite struct PlanTests {
  private let image = Goldens.url("images/rgb.png")
  private let english: Embedder
  private let m3: Embedder

  init() throws {
    english = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    m3 = try Embedder(modelFolder: ConvertedModels.visualTinyM3.get())
  }

  private func ids(_ plan: SequencePlan) -> [Int] {
    plan.rows.compactMap {
      switch $0.content {
      case .token(let id, _), .special(let id, _): id
      case .patch, .imageClass: nil
      }
    }
  }

  @Test func `a pair is the class token, the picture, the words`() throws {
    let plan = try english.plan(for: .pair(image: image, text: "Blue whale"))
    #expect(plan.rows.count == 23 && plan.patchesPerSide == 4)
    #expect(plan.rows.map(\.position) == Array(0..<23))
    #expect(plan.rows[0].content == .special(id: 2, spelling: "[CLS]"))
    #expect(plan.rows[1].content == .patch(row: 0, column: 0))
    #expect(plan.rows[7].content == .patch(row: 1, column: 2))
    #expect(plan.rows[16].content == .patch(row: 3, column: 3))
    #expect(plan.rows[17].content == .token(id: 44, spelling: "b"))
    #expect(plan.rows[22].content == .special(id: 3, spelling: "[SEP]"))
    #expect(plan.words.map(\.text) == ["blue", "whale"])
    #expect(plan.words.map(\.rows) == [17..<20, 20..<22])
    #expect(plan.limit == 48 && plan.cut == nil && plan.unknownWords.isEmpty)
  }

  @Test func `what a folder cuts on the left is named, and the rest stands where it is read`()
    throws
  {
    var folder = SentenceEncoderFolder()
    folder.files = ["tokenizer_config.json": #"{"truncation_side": "left"}"#]
    let place = try folder.write()
    // [CLS], the two tokens of "whale", [SEP]
    let whole = try Embedder(modelFolder: place.url, options: .init(maxLength: 4))
      .plan(for: .text("blue whale"))
    #expect(whole.words.map(\.text) == ["whale"] && whole.words.map(\.rows) == [1..<3])
    #expect(whole.cut?.words == ["blue"] && whole.cut?.brokenWord == nil)
    // One token more: the last of "blue".
    let broken = try Embedder(modelFolder: place.url, options: .init(maxLength: 5))
      .plan(for: .text("blue whale"))
    #expect(broken.words.map(\.text) == ["blue", "whale"])
    #expect(broken.words.map(\.rows) == [1..<2, 2..<4])
    #expect(broken.cut?.words == [] && broken.cut?.brokenWord == "blue")
  }

  @Test func `XLM-RoBERTa counts positions from 2, and behind a picture like BERT`() throws {
    let alone = try m3.plan(for: .text("a whale"))
    #expect(alone.rows.map(\.position) == Array(2..<2 + alone.rows.count))
    let pair = try m3.plan(for: .pair(image: image, text: "a whale"))
    #expect(pair.rows.map(\.position) == Array(0..<pair.rows.count))
    #expect(pair.rows.count == 16 + alone.rows.count)
  }

  /// What the plan says is what runs: as many rows as enter the encoder.
  @Test func `the plan is the sequence of the run`() throws {
    for item in [
      Item.text("a whale"), .image(image), .pair(image: image, text: "a whale"),
    ] {
      for embedder in [english, m3] {
        let stages = try embedder.encodeTracing(item, matching: ["fusion"]).stages
        #expect(try embedder.plan(for: item).rows.count == stages[0].shape[0])
      }
    }
    let clip = try Embedder(modelFolder: Goldens.url("clip-tiny"))
    let picture = try clip.plan(for: .image(image))
    #expect(picture.rows[0].content == .imageClass && picture.text == nil && picture.limit == nil)
    let stage = try clip.encodeTracing(.image(image), matching: ["vision_model.embeddings"])
    #expect(picture.rows.count == stage.stages[0].shape[0])
    #expect(throws: EmbedderError.pairsNotSupported) {
      try clip.plan(for: .pair(image: image, text: "a"))
    }
  }

  @Test func `two words that the vocabulary lacks are one input`() throws {
    let (one, other) = ("blue \u{10400}", "blue \u{10401}")
    let plans = try [one, other].map { try english.plan(for: .text($0)) }
    #expect(plans[0].unknownWords.map(\.text) == ["\u{10428}"])  // In lower case.
    let difference = plans[0].difference(from: plans[1])
    #expect(difference.isNone)
    #expect(try english.encode(.text(one)).vector == english.encode(.text(other)).vector)
    let known = try english.plan(for: .text("blue")).difference(from: plans[1])
    #expect(!known.isNone && known.first.isEmpty && known.second.count == 1)
  }

  @Test func `pictures differ by their pixels, texts by what lies between equal ends`() throws {
    let photo = Goldens.url("images/photo-420.jpg")
    func difference(_ a: Item, _ b: Item) throws -> SequencePlan.Difference {
      try english.plan(for: a).difference(from: english.plan(for: b))
    }
    #expect(try difference(.image(image), .image(image)).isNone)
    let pictures = try difference(.image(image), .image(photo))
    #expect(pictures.isPictureDifferent && pictures.first.isEmpty && !pictures.isNone)
    let words = try difference(
      .pair(image: image, text: "a blue whale"), .pair(image: image, text: "a whale"))
    #expect(words.first == 18..<21 && words.second.isEmpty && !words.isPictureDifferent)
    let kinds = try difference(.text("whale"), .pair(image: image, text: "whale"))
    #expect(kinds.first.isEmpty && kinds.second == 1..<17)
  }

  @Test func `what a limit cuts is named word by word`() throws {
    let short = try Embedder(
      modelFolder: ConvertedModels.visualTinyEnglish.get(), options: .init(maxLength: 6))
    let plan = try short.plan(for: .text("blue whale sea"))
    #expect(ids(plan).count == 6 && plan.limit == 6)
    #expect(plan.words.map(\.text) == ["blue", "whale"])
    let cut = try #require(plan.cut)
    #expect(cut.kept == 6 && cut.total > 7)
    #expect(cut.brokenWord == "whale" && cut.words == ["sea"])
    #expect(plan.words[1].rows == 4..<5)
  }

  @Test func `a sentence without spaces is cut where its words may be`() throws {
    let whole = try m3.plan(for: .text("一匹马牵着这辆车"))
    #expect(whole.words.count > 1)
    #expect(whole.words.map(\.text).joined() == "一匹马牵着这辆车")
    let unknown = try m3.plan(for: .text("一匹\u{10400}\u{13000}马"))
    #expect(unknown.words.map(\.text).joined() == "一匹\u{10400}\u{13000}马")
    #expect(unknown.unknownWords.map(\.text) == ["\u{10400}"])
    let short = try Embedder(
      modelFolder: ConvertedModels.visualTinyM3.get(), options: .init(maxLength: 6))
    let cut = try #require(try short.plan(for: .text("一匹马牵着这辆车")).cut)
    #expect(cut.words.count > 1 && cut.words.last?.hasSuffix("车") == true)
  }

  /// Whatever the text: the ids are the run's, and the words' rows follow one another and hold all
  /// of the text's tokens.
  @Test(arguments: [0, 1, 2]) func `words cover the text`(model: Int) throws {
    let clip = try Embedder(modelFolder: Goldens.url("clip-tiny"), options: .init(maxLength: 20))
    let embedder = [english, m3, clip][model]
    let texts = [
      "", " ", "\u{0}", "a", "Hello, World!", "  a  b ", "e\u{323}\u{302}", "[SEP] foo [MASK]x",
      "x<s>y", "👨\u{200D}👩 ☃\u{fe0f}", "鲸鱼 and カタカナ ไทย", String(repeating: "whale ", count: 60),
      String(repeating: "鲸", count: 300), "\u{10400}\u{10401} \u{13000}", "it's don't 'Sun",
      "<|endoftext|> a", "ｶﾞ\u{ad}\u{85}b", String(repeating: "x", count: 500),
    ]
    for text in texts {
      let plan = try embedder.plan(for: .text(text))
      #expect(plan.rows.count == (try embedder.encode(.text(text)).tokenCount))
      let own = plan.rows.indices.filter {
        if case .token = plan.rows[$0].content { true } else { false }
      }
      #expect(plan.words.flatMap { Array($0.rows) } == own, "\(text)")
      #expect((plan.cut != nil) == ((try embedder.encode(.text(text)).truncation) != nil))
    }
  }
}
