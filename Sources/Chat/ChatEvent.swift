/// What a server says of its answer, in order.
package enum ChatEvent: Sendable, Equatable {
  /// A piece of the answer.
  case text(String)
  /// The answer is at its end, and why: stop, length or another word of the server's.
  case finish(String)
  /// The server could not go on.
  case failure(String)
}
