/// A segment of text cut into pieces, none of which a token may cross.
struct PreTokenizedText {
  /// UTF-8.
  ///
  /// Between the pieces there may be bytes that belong to none.
  private(set) var bytes: [UInt8]
  /// Ascending, none empty, cut between scalars.
  private(set) var pieces: [Range<Int>]
  /// Whether the first byte stands for the first of the whole text.
  private(set) var beginsText: Bool

  init(_ segment: TextSegment) {
    bytes = segment.bytes
    pieces = bytes.isEmpty ? [] : [0..<bytes.count]
    beginsText = segment.beginsText
  }

  /// Cuts each piece further.
  ///
  /// `cut` appends the parts that are to remain, in order; empty ones are dropped.
  mutating func split(_ cut: (_ piece: Range<Int>, _ parts: inout [Range<Int>]) -> Void) {
    var parts: [Range<Int>] = []
    parts.reserveCapacity(pieces.count)
    for piece in pieces { cut(piece, &parts) }
    pieces = parts.filter { !$0.isEmpty }
  }

  /// Writes each piece anew.
  ///
  /// `write` appends to `output` what takes the place of the piece.
  mutating func rewrite(
    _ write: (_ piece: Range<Int>, _ beginsText: Bool, _ output: inout [UInt8]) -> Void
  ) {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + pieces.count * 3)
    var rewritten: [Range<Int>] = []
    rewritten.reserveCapacity(pieces.count)
    for piece in pieces {
      let start = output.count
      write(piece, beginsText && piece.lowerBound == 0, &output)
      if output.count > start { rewritten.append(start..<output.count) }
    }
    beginsText = beginsText && pieces.first?.lowerBound == 0
    bytes = output
    pieces = rewritten
  }
}
