import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// Plans of texts beside which a model has tokens of its own: ColBERT's markers and expansion, and what
/// stands behind queries for pages.
@Suite struct MarkedPlanTests {
  private static let long = Array(repeating: "whale", count: 90).joined(separator: " ")

  private func plan(
    _ model: String, _ text: String, _ prompt: Prompt, maxLength: Int? = nil
  ) throws -> SequencePlan {
    try SequencePlanner(
      modelFolder: Goldens.url("zoo/\(model)"), options: .init(maxLength: maxLength)
    ).plan(for: Item(text: text, prompt: prompt))
  }

  private func spellings(_ plan: SequencePlan, _ rows: Range<Int>) -> [String] {
    plan.rows[rows].map {
      switch $0.content {
      case .token(_, let spelling): spelling
      case .special(_, let spelling): "special \(spelling)"
      case .patch, .imageClass: "of a picture"
      }
    }
  }

  @Test(arguments: [
    ("colbert-stanford", Prompt.query, "[unused0]", 12),
    ("colbert-stanford", .document, "[unused1]", 24),
    ("colbert-pylate", .query, "[MASK]", 14),
    ("colbert-pylate", .document, "[SEP]", 20),
  ])
  func `words stand behind the marker, up to the task's own length`(
    model: String, prompt: Prompt, marker: String, limit: Int
  ) throws {
    let plan = try plan(model, "a whale in the sea", prompt)
    let words = ["a", "whale", "in", "the", "sea"]
    #expect(plan.words.map(\.text) == words)
    #expect(plan.words.map(\.rows) == (2..<7).map { $0..<$0 + 1 })
    #expect(
      spellings(plan, 0..<8)
        == ["special [CLS]", "special \(marker)"] + words + ["special [SEP]"])
    #expect(plan.limit == limit && plan.cut == nil)
    #expect(plan.paddingCount == (prompt == .query ? limit - 8 : 0))
    #expect(plan.rows.count == 8 + plan.paddingCount)

    let cut = try self.plan(model, Self.long, prompt)
    #expect(cut.rows.count == limit && cut.paddingCount == 0)
    // [CLS], the marker, [SEP], and a token for each word.
    #expect(cut.words.count == limit - 3 && cut.words.last?.rows == limit - 2..<limit - 1)
    #expect(cut.cut?.kept == limit && cut.cut?.total == 93)
    #expect(cut.cut?.words.count == 90 - (limit - 3))
  }

  @Test func `without a task there is no marker, and the model's limit counts`() throws {
    let plan = try plan("colbert-stanford", "a whale", .text(""))
    #expect(plan.words.map(\.rows) == [1..<2, 2..<3])
    #expect(plan.rows.count == 4 && plan.limit == 64)
  }

  @Test func `what stands behind queries for pages is never cut, and is no padding`() throws {
    let whole = try plan("colmodernvbert", Self.long, .query)
    let fixed = whole.rows.count { if case .special = $0.content { true } else { false } }
    #expect(fixed == 12 && whole.paddingCount == 0 && whole.cut == nil)
    let cut = try plan("colmodernvbert", Self.long, .query, maxLength: 20)
    #expect(cut.rows.count == 20 && cut.limit == 20 && cut.paddingCount == 0)
    #expect(cut.words.last?.rows.upperBound == 9)
    #expect(cut.rows.suffix(11).map(\.content) == whole.rows.suffix(11).map(\.content))
    #expect(cut.cut?.kept == 20 && cut.cut?.total == whole.rows.count)
  }
}
