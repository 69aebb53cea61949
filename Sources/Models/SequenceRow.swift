/// What stands in one row of the sequence that a model's layers read.
package struct SequenceRow: Sendable, Equatable {
  package let content: Content
  /// Row of the table of position embeddings.
  package let position: Int

  package enum Content: Sendable, Equatable {
    /// A token of the text, as an index into the input's ids.
    case token(Int)
    /// A patch of the picture, counted row by row.
    case patch(Int)
    /// The class token of a picture's tower.
    case imageClass
  }

  package init(_ content: Content, position: Int) {
    self.content = content
    self.position = position
  }
}
