import TesseraLayers
import TesseraTensors

/// A model that reads a conversation and says what follows.
package protocol ChatModel: Sendable {
  /// What it makes of pictures before it reads a text: as many vectors as each has tokens, [tokens, C].
  ///
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  func see(_ pictures: [PreparedPicture], trace: Trace?) throws -> [Tensor]

  /// Begins a conversation.
  func session() -> any ChatSession

  /// Reads a whole conversation at once and shows every stage: the logits of what follows each token,
  /// [T, V].
  ///
  /// - Parameter pictures: what `see` made of those that `ids` have tokens of, in their order.
  func trace(_ ids: [Int], pictures: [Tensor], trace: Trace) throws -> Tensor
}

/// A conversation while it goes on: keys and values of all that was read stay in memory, and nothing
/// that is there is ever copied.
///
/// A copy of a session goes on by itself, from what was read before.
package protocol ChatSession: Sendable {
  /// Tokens that were read.
  var count: Int { get }

  /// Reads on, all ids in one pass.
  ///
  /// - Parameters:
  ///   - ids: at least one.
  ///   - pictures: what `see` made of the pictures whose tokens are among `ids`: their vectors stand in
  ///     the places of these tokens, in order.
  /// - Returns: The logits of what follows the last id, [1, V].
  /// - Throws: `ChatError.tooLong`; `ChatError.pictureTokens` where vectors and tokens of pictures are
  ///   not as many; `CancellationError` if the surrounding task was cancelled. Then nothing was read.
  mutating func read(_ ids: [Int], pictures: [Tensor]) throws -> Tensor

  /// Forgets all but the first tokens, as if the others had not been read.
  ///
  /// - Precondition: no more than were read.
  mutating func truncate(to count: Int)
}

extension ChatSession {
  package mutating func read(_ ids: [Int]) throws -> Tensor { try read(ids, pictures: []) }
}
