import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraLayers
import TesseraModels
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import Testing

/// Texts about pictures, token by token beside transformers' `generate`.
@Suite struct WritingTests {
  struct Model: Sendable, CustomTestStringConvertible {
    let name: String
    let task: WritingTask
    var folder: URL { Goldens.url("zoo/\(name)") }
    var testDescription: String { name }
  }

  static let models = [
    Model(name: "blip-caption", task: .caption), Model(name: "blip-vqa", task: .answer),
  ]

  /// What the reference wrote, as `generations.json` has it.
  private struct Written {
    /// The settings, as JSON text.
    let settings: String
    let image: String
    let text: String
    let ids: [Int]
    let decoded: String

    var request: PictureWriter.Request {
      .init(image: .file(Goldens.url("images/\(image)")), text: text)
    }
  }

  private static func written(by model: Model) throws -> [Written] {
    let file = model.folder.appending(path: "generations.json")
    let data = try Data(contentsOf: file)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(object["cases"] as? [[String: Any]]).map { one in
      let settings = try JSONSerialization.data(
        withJSONObject: #require(one["settings"]), options: .sortedKeys)
      return Written(
        settings: String(decoding: settings, as: UTF8.self),
        image: try #require(one["image"] as? String), text: one["text"] as? String ?? "",
        ids: try #require(one["ids"] as? [Int]), decoded: try #require(one["decoded"] as? String))
    }
  }

  private static func settings(_ json: String) throws -> GenerationSettings {
    try Data(json.utf8).withUnsafeBytes {
      try GenerationSettings(Config($0, file: "generation_config.json"))
    }
  }

  @Test(arguments: models) func `tokens are the reference's, under all settings`(
    _ model: Model
  ) throws {
    let all = Dictionary(grouping: try Self.written(by: model), by: \.settings)
    #expect(all.count > 20)
    for (json, cases) in all {
      let writer = try PictureWriter(
        modelFolder: model.folder, model.task, WritingOptions(), settings: Self.settings(json))
      // All together: what each gets does not depend on the others.
      for (own, result) in zip(cases, try writer.write(cases.map(\.request))) {
        let text = try result.get()
        #expect(text.tokenIDs == own.ids, "\(json) \(own.image) \(own.text)")
        #expect(text.text == own.decoded, "\(json) \(own.image) \(own.text)")
      }
      let last = try #require(cases.last)
      #expect(try writer.write([last.request])[0].get().tokenIDs == last.ids)
    }
  }

  @Test func `answers come to an end by themselves, and at the limit`() throws {
    let cases = try Self.written(by: Self.models[1])
    #expect(cases.count { $0.ids.last == 3 } > 20)
    #expect(cases.count { $0.ids.last != 3 } > 20)
  }

  @Test(arguments: [Precision.float32, .bfloat16, .int8], models)
  func `a text is the same alone and in a batch`(precision: Precision, model: Model) throws {
    let writer = try PictureWriter(
      modelFolder: model.folder, model.task, WritingOptions(beams: 3, precision: precision))
    let cases = try Array(Self.written(by: model).prefix(8))
    let together = try writer.write(cases.map(\.request)).map { try $0.get() }
    for (own, text) in zip(cases, together) {
      #expect(try writer.write([own.request])[0].get() == text)
    }
  }

  @Test func `settings of the folder are read, and options stand above them`() throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Self.models[0].folder, to: copy)
    let file = copy.appending(path: "generation_config.json")
    let json = #"{"max_new_tokens": 3, "num_beams": 3, "do_sample": false, "top_k": 50}"#
    try Data(json.utf8).write(to: file)
    let image = ImageSource.file(Goldens.url("images/rgb.png"))
    let three = try Captioner(modelFolder: copy).caption(image)
    #expect(three.tokenIDs.count == 1 + 3 && three.promptTokenCount == 1)
    let given = WritingOptions(beams: 1, maxNewTokens: 5)
    let five = try Captioner(modelFolder: copy, options: given).caption(image)
    let greedy = try #require(
      try Self.written(by: Self.models[0]).first { $0.image == "rgb.png" && $0.text == "" })
    #expect(five.tokenIDs == Array(greedy.ids.prefix(6)))

    for (json, word) in [
      (#"{"do_sample": true}"#, "do_sample"), (#"{"bad_words_ids": [[3]]}"#, "bad_words_ids"),
      (#"{"num_beam_groups": 2}"#, "num_beam_groups"), (#"{"max_length": 0}"#, "max_length"),
      (#"{"early_stopping": "soon"}"#, "never"), (#"{"stop_strings": "end"}"#, "stop_strings"),
    ] {
      try Data(json.utf8).write(to: file)
      let error = #expect(throws: EmbedderError.self) { try Captioner(modelFolder: copy) }
      #expect(error.map { "\($0)".contains(word) } == true, "\(json)")
    }
  }

  @Test func `what does not fit is refused, not cut`() throws {
    let image = ImageSource.file(Goldens.url("images/rgb.png"))
    let long = Array(repeating: "photo", count: 40).joined(separator: " ")
    let captioner = try Captioner(modelFolder: Self.models[0].folder)
    #expect(throws: EmbedderError.self) { try captioner.caption(image, prompt: long) }
    let many = try Captioner(
      modelFolder: Self.models[0].folder, options: WritingOptions(maxNewTokens: 33))
    let error = #expect(throws: EmbedderError.self) { try many.caption(image) }
    #expect(error.map { "\($0)".contains("33 at most") } == true)
    let results = try captioner.captions(of: [
      (.file(Goldens.url("images/nothing.png")), ""), (image, ""),
    ])
    guard case .failure(.unusableImage) = results[0] else {
      Issue.record("\(results[0])")
      return
    }
    #expect(try results[1].get() == (try captioner.caption(image)))
  }

  @Test func `a folder of another use says what it is for`() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    let (caption, answer) = (Self.models[0].folder, Self.models[1].folder)
    let matching = Goldens.url("zoo/blip-itm")
    #expect(message { _ = try Embedder(modelFolder: caption) }.contains("tessera caption"))
    #expect(message { _ = try Embedder(modelFolder: answer) }.contains("tessera answer"))
    #expect(message { _ = try Captioner(modelFolder: answer) }.contains("tessera answer"))
    #expect(
      message { _ = try VisualQuestionAnswerer(modelFolder: caption) }.contains("tessera caption"))
    #expect(message { _ = try Captioner(modelFolder: matching) }.contains("tessera encode"))
    #expect(
      message { _ = try Captioner(modelFolder: Goldens.url("clip-tiny")) }
        .contains("tessera encode"))
  }

  @Test func `spaces before punctuation go where the folder says so`() {
    let text = "it 's a dog ' s life , is n't it ? yes ."
    #expect(SpaceCleanUp(isOn: true)(text) == "it's a dog's life, isn't it? yes.")
    #expect(SpaceCleanUp(isOn: false)(text) == text)
  }

  @Test(arguments: models) func `a quantized folder writes what int8 writes`(
    _ model: Model
  ) throws {
    let requests = try Self.written(by: model).prefix(6).map(\.request)
    let whole = try PictureWriter(
      modelFolder: model.folder, model.task, WritingOptions(precision: .int8))
    let quantized = try PictureWriter(
      modelFolder: ConvertedModels.quantized(model.folder), model.task, WritingOptions())
    #expect(quantized.precision == .int8)
    let texts = try whole.write(requests).map { try $0.get() }
    #expect(try quantized.write(requests).map { try $0.get() } == texts)
  }

  @Test func `a caption's stages have the reference's names and values`() throws {
    struct Inputs: Decodable {
      struct Entry: Decodable {
        let image: String
        let start: [Int]

        private enum CodingKeys: String, CodingKey {
          case image
          case start = "decoder_start_ids"
        }
      }
      let items: [Entry]
      let stagesOf: Int

      private enum CodingKeys: String, CodingKey {
        case items
        case stagesOf = "stages_of"
      }
    }
    let inputs = try Goldens.json("zoo/blip-caption/inputs.json", as: Inputs.self)
    let expected = try Goldens.tensors("zoo/blip-caption/expected.safetensors")
    let item = inputs.items[inputs.stagesOf]
    let traced = try Captioner(modelFolder: Self.models[0].folder).captionTracing(
      .file(Goldens.url("images/\(item.image)")), prompt: "a photo of")
    let count = item.start.count
    #expect(Array(traced.text.tokenIDs.prefix(count)) == item.start)
    for (name, tensor) in expected where name.hasPrefix("stage.") {
      let stage = try #require(
        traced.stages.first { "stage.\($0.name)" == name }, "\(name)")
      // The reference read the prompt alone; later tokens change nothing of it.
      let values = Array(stage.values.prefix(tensor.elementCount))
      #expect(stage.shape[1] == tensor.shape[1] && tensor.shape[0] == count)
      #expect(disagreement(values, tensor.elements, .activation) == nil, "\(name)")
      if name == "stage.text_decoder.cls" {
        let last = Array(values.suffix(tensor.shape[1]))
        let logits = try #require(expected["item.\(inputs.stagesOf)"])
        #expect(disagreement(last, logits.elements, .activation) == nil)
      }
    }
  }

  @Test func `an answer's stages have the reference's names and values`() throws {
    struct Inputs: Decodable {
      let image: String
      let text: String
      let ids: [Int]
    }
    let inputs = try Goldens.json("zoo/blip-vqa/inputs.json", as: Inputs.self)
    let expected = try Goldens.tensors("zoo/blip-vqa/expected.safetensors")
    #expect(expected.count > 15)
    let answerer = try VisualQuestionAnswerer(modelFolder: Self.models[1].folder)
    let image = ImageSource.file(Goldens.url("images/\(inputs.image)"))
    let traced = try answerer.answerTracing(inputs.text, about: image)
    #expect(traced.text.tokenIDs == inputs.ids)
    for (name, tensor) in expected {
      let stage = try #require(traced.stages.first { "stage.\($0.name)" == name }, "\(name)")
      #expect(stage.shape == tensor.shape, "\(name)")
      #expect(disagreement(stage.values, tensor.elements, .activation) == nil, "\(name)")
    }
    #expect(try answerer.answer(inputs.text, about: image) == traced.text)
  }
}

extension WritingTests {
  @Test func `an answer's words looked at the picture through those of the question`() throws {
    let answerer = try VisualQuestionAnswerer(modelFolder: Self.models[1].folder)
    let (image, question) = (ImageSource.file(Goldens.url("images/rgb.png")), "what colour?")
    let attention = try AnswerAttention(to: question, about: image, layer: 1, of: answerer)
    let traced = try answerer.answerTracing(question, about: image)
    #expect(traced.text == attention.text)
    func probabilities(_ name: String) throws -> Tensor {
      let stage = try #require(traced.stages.first { $0.name == name })
      return Tensor(stage.values, shape: stage.shape)
    }
    let looking = try probabilities("text_encoder.encoder.layer.1.crossattention.probs")
    let writing = try probabilities("text_decoder.bert.encoder.layer.1.crossattention.probs")
    let (asked, patches) = (looking.shape[1], looking.shape[2])
    let map = try attention.map(of: .mean)
    #expect(map.queries.count == asked + writing.shape[1])
    #expect(map.sequence.tokens.count == patches + asked + writing.shape[1] + 1)
    func mean(_ x: Tensor, _ row: Int, _ column: Int) -> Float {
      let (rows, columns) = (x.shape[1], x.shape[2])
      return (0..<x.shape[0]).reduce(0) {
        $0 + x.elements[($1 * rows + row) * columns + column]
      } / Float(x.shape[0])
    }
    for patch in 0..<patches {
      for row in 0..<asked {
        #expect(abs(map.row(row)[patch] - mean(looking, row, patch)) < 1e-6)
      }
      for row in 0..<writing.shape[1] {
        let product = (0..<asked).reduce(Float(0)) {
          $0 + mean(writing, row, $1) * mean(looking, $1, patch)
        }
        #expect(abs(map.row(asked + row)[patch] - product) < 1e-6)
      }
    }
    let first = try attention.map(of: .one(0))
    #expect(first.weights != map.weights && first.queries == map.queries)
    #expect(throws: AttentionError.self) { try attention.map(of: .one(99)) }
    #expect(throws: AttentionError.self) {
      try AnswerAttention(to: question, about: image, layer: 9, of: answerer)
    }
  }
}

/// The stages that a run shows, by name.
func recordedStages(_ body: (Trace) throws -> Void) throws -> [String: Tensor] {
  let trace = Trace()
  try body(trace)
  return Dictionary(trace.stages.map { ($0.name, $0.tensor) }) { first, _ in first }
}
