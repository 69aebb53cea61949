import Foundation
import TesseraTestSupport
import Testing

@Suite struct SimilarityCommandTests {
  private let model: String
  private let image = Goldens.url("images/rgb.png").path

  private struct Answer: Decodable {
    struct Item: Decodable {
      let index: Int
      let text: String?
      let error: String?
    }
    let items: [Item]
    let similarity: [[Float?]]
  }

  init() throws { model = try ConvertedModels.visualTinyEnglish.get().path }

  @Test func `the goldens' matrix`() throws {
    struct Cases: Decodable { let similarity: [[Float]] }
    let golden = try Goldens.json("visual-tiny-en/cases.json", as: Cases.self).similarity
    // whale, blue whale; rgb.png; rgb.png with whale.
    let run = try Command(
      "tessera",
      [
        "similarity", "-m", model, "--format", "json", "whale", "blue whale", "@\(image)",
        "@\(image) whale",
      ])
    #expect(run.status == 0)
    let answer = try JSONDecoder().decode(Answer.self, from: run.output)
    #expect(answer.items.map(\.text) == ["whale", "blue whale", nil, "whale"])
    for (row, i) in zip(answer.similarity, [0, 1, 6, 7]) {
      let expected = [0, 1, 6, 7].map { golden[i][$0] }
      #expect(disagreement(row.compactMap { $0 }, expected, .embedding) == nil)
    }
  }

  @Test func `a table for people`() throws {
    let run = try Command("tessera", ["similarity", "-m", model, "whale", "blue whale"])
    #expect(run.status == 0)
    #expect(run.lines.count == 3)
    #expect(run.lines[1].contains("1.0000  0.9704") && run.lines[1].hasSuffix("whale"))
  }

  @Test func `rows of many items, which are written some at a time, are those of few`() throws {
    let words = (0..<150).map { ["whale", "blue whale", "sea"][$0 % 3] }
    func scores(_ words: [String], _ format: String) throws -> Command {
      let lines = words.map { "{\"text\": \"\($0)\"}\n" }.joined()
      return try Command(
        "tessera", ["similarity", "-m", model, "--format", format, "--input", "-"],
        input: Data(lines.utf8))
    }
    let few = try JSONDecoder().decode(
      Answer.self, from: scores(Array(words.prefix(3)), "json").output)
    let many = try JSONDecoder().decode(Answer.self, from: scores(words, "json").output)
    #expect(many.items.map(\.index) == Array(0..<150))
    #expect(many.similarity.count == 150)
    for (place, row) in many.similarity.enumerated() {
      let expected = try (0..<150).map { try #require(few.similarity[place % 3][$0 % 3]) }
      #expect(disagreement(row.compactMap { $0 }, expected, .embedding) == nil)
    }
    let table = try scores(words, "table")
    #expect(table.lines.count == 151 && table.lines[150].hasPrefix("[149]"))
  }

  @Test func `a failed item has no score`() throws {
    let run = try Command(
      "tessera", ["similarity", "-m", model, "--format", "json", "whale", "@/nowhere.png"])
    #expect(run.status == 1)
    let answer = try JSONDecoder().decode(Answer.self, from: run.output)
    #expect(answer.items[1].error != nil)
    #expect(answer.similarity[0][1] == nil && answer.similarity[1] == [nil, nil])
  }

  @Test(arguments: ["dense", "sparse", "colbert", "hybrid"])
  func `BGE-M3 compares in four ways`(mode: String) throws {
    let m3 = try ConvertedModels.bgeM3Tiny.get().path
    let run = try Command(
      "tessera",
      [
        "similarity", "-m", m3, "--mode", mode, "--format", "json", "What is BGE M3?",
        "BGE M3 is an embedding model supporting dense retrieval, lexical matching and"
          + " multi-vector interaction.",
      ] + (mode == "hybrid" ? ["--weights", "0.4,0.2,0.4"] : []))
    let answer = try JSONDecoder().decode(Answer.self, from: run.output)
    let golden: [String: Float] = [
      "dense": 0.95816708, "sparse": 0.020055535, "colbert": 0.93799365, "hybrid": 0.76247540,
    ]
    let score = try #require(answer.similarity[0][1])
    #expect(abs(score - (golden[mode] ?? 0)) < 5e-6)
  }

  @Test func `a model without lexical weights says so`() throws {
    let run = try Command("tessera", ["similarity", "-m", model, "--mode", "sparse", "a", "b"])
    #expect(run.status == 1)
    #expect(run.errors.contains("no sparse vectors"))
    let idle = try Command("tessera", ["similarity", "-m", model, "--weights", "1,1,1", "a", "b"])
    #expect(idle.status == 64 && idle.errors.contains("--mode hybrid"))
  }
}

@Suite struct TokenizeCommandTests {
  private struct Row: Decodable {
    let text: String
    let ids: [Int]
    let tokens: [String]
  }

  @Test func `ids and tokens, a line each`() throws {
    let model = Goldens.url("visual-tiny-en").path
    let run = try Command(
      "tessera", ["tokenize", "-m", model, "--input", "-"],
      input: Data("{\"text\": \"blue whale\"}\n{\"text\": \"\"}\n".utf8))
    #expect(run.status == 0)
    let rows = try run.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    #expect(rows.map(\.ids) == [[2, 44, 1249, 2212, 2358, 2368, 3], [2, 3]])
    #expect(rows[0].tokens.first == "[CLS]" && rows[0].tokens.last == "[SEP]")
    #expect(rows[0].tokens.count == 7)
  }
}

@Suite struct ClassifyCommandTests {
  private struct Row: Decodable {
    let image: String
    let label: String?
    let probabilities: [String: Float]?
    let error: String?
  }

  private let images = ["rgb.png", "photo-420.jpg"].map { Goldens.url("images/\($0)").path }

  @Test func `probabilities of each image, as the reference has them`() throws {
    let labels = ["a photo of a cat", "a photo of a dog", "two red circles on a blue background"]
    let run = try Command(
      "tessera",
      [
        "classify", "-m", Goldens.url("clip-tiny").path, "--format", "jsonl", "--template", "{}",
        "--labels", labels.joined(separator: ","), "--image",
      ] + images)
    #expect(run.status == 0)
    let golden = try #require(
      try Goldens.tensors("clip-tiny/expected.safetensors")["logits_per_image"])
    for (i, line) in run.lines.enumerated() {
      let row = try JSONDecoder().decode(Row.self, from: Data(line.utf8))
      #expect(row.image == images[i])
      let logits = golden.row(i).elements.prefix(3).map { exp(Double($0)) }
      let expected = logits.map { Float($0 / logits.reduce(0, +)) }
      let found = labels.map { row.probabilities?[$0] ?? -1 }
      #expect(disagreement(found, expected, Tolerance(absolute: 1e-5, relative: 1e-4)) == nil)
      #expect(row.label == labels[found.firstIndex(of: found.max() ?? 0) ?? 0])
    }
    #expect(run.lines.count == 2)
  }

  @Test func `one unreadable image does not stop the others`() throws {
    let run = try Command(
      "tessera",
      [
        "classify", "-m", Goldens.url("clip-tiny").path, "--format", "jsonl", "--labels", "cat,dog",
        "--image", "/nowhere.png", images[0],
      ])
    #expect(run.status == 1)
    #expect(run.lines.count == 2)
    #expect(run.lines[0].contains("error") && run.lines[1].contains("probabilities"))
  }

  @Test func `labels must be there, once each, and a template needs its place`() throws {
    let clip = Goldens.url("clip-tiny").path
    for arguments in [
      ["--labels", ""], ["--labels", "cat,cat"], ["--labels", "cat", "--template", "a photo"], [],
    ] {
      let run = try Command(
        "tessera", ["classify", "-m", clip] + arguments + ["--image", images[0]])
      #expect(run.status == 64, "\(arguments)")
    }
  }
}
