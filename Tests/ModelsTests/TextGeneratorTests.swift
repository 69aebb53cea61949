import TesseraJSON
import TesseraModels
import TesseraTensors
import Testing

/// Generation apart from any network: a decoder whose scores are a table.
@Suite struct TextGeneratorTests {
  /// What follows a token, whatever was before: a row of logits for each last token.
  private struct TableSession: DecodingSession {
    let table: [[Float]]
    var rows: [[Int]] = []
    private(set) var supply = RowSupply()

    init(_ table: [[Float]]) { self.table = table }

    mutating func read(
      _ sequences: [NewTokens]
    ) throws -> (logits: Tensor, histories: [[Int]]) {
      let histories = sequences.map { $0.history + supply.take($0.ids.count) }
      let logits = sequences.flatMap { table[$0.ids[$0.ids.count - 1]] }
      return (Tensor(logits, shape: [sequences.count, table.count]), histories)
    }

    mutating func keep(_ histories: [[Int]]) { supply.keep(histories) }
  }

  /// Token 0 ends a text. From 1, token 2 is likeliest, but leads nowhere good; 3 leads to an end.
  private let table: [[Float]] = [
    [0, 0, 0, 0], [-9, -9, 1, 0.9], [-9, 0, 0, 0], [9, -9, -9, -9],
  ]

  private func write(_ prompts: [[Int]], _ change: (inout GenerationSettings) -> Void) throws
    -> [[Int]]
  {
    var settings = GenerationSettings()
    change(&settings)
    var session: any DecodingSession = TableSession(table)
    return try TextGenerator(settings, end: 0, positions: 30)(prompts, &session)
  }

  @Test func `greedily, the likeliest token is taken each time`() throws {
    #expect(try write([[1]]) { $0.maximumNewTokens = 3 } == [[1, 2, 1, 2]])
    #expect(try write([[3], [1]]) { $0.maximumNewTokens = 2 } == [[3, 0], [1, 2, 1]])
  }

  @Test func `beams find the better text behind a worse token`() throws {
    let texts = try write([[1], [2]]) {
      $0.beams = 2
      $0.maximumNewTokens = 6
    }
    #expect(texts[0] == [1, 3, 0])
    #expect(texts[1].last == 0)
    let longer = try write([[1]]) {
      $0.beams = 2
      $0.minimumNewTokens = 4
      $0.maximumNewTokens = 6
    }
    #expect(longer[0].count >= 5)
  }

  @Test func `what occurred is forbidden or made less likely`() throws {
    let once = try write([[1]]) {
      $0.noRepeatNGramSize = 1
      $0.maximumNewTokens = 4
    }
    #expect(once == [[1, 2, 3, 0]])
    let penalized = try write([[1, 2, 1]]) {
      $0.repetitionPenalty = 1.2
      $0.maximumNewTokens = 2
    }
    #expect(penalized == [[1, 2, 1, 3, 0]])
  }

  @Test func `lengths that leave no room are refused`() {
    #expect(throws: GenerationError.promptTooLong(tokens: 3, limit: 3)) {
      try write([[1, 1, 1]]) { $0.maximumLength = 3 }
    }
    #expect(throws: GenerationError.textTooLong(tokens: 33, limit: 31)) {
      try write([[1, 1, 1]]) { $0.maximumNewTokens = 30 }
    }
  }

  @Test func `rows are handed out again once no history has them`() {
    var supply = RowSupply()
    #expect(supply.take(3) == [0, 1, 2])
    supply.keep([[0, 2], [0]])
    #expect(supply.take(2) == [1, 3])
    supply.keep([])
    #expect(supply.take(5) == [0, 1, 2, 3, 4])
  }
}
