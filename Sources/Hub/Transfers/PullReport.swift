/// Told how a pull goes on; called from several threads.
package struct PullReport: Sendable {
  /// Something that a user should know.
  package let note: @Sendable (String) -> Void
  /// Bytes that came in; negative where some proved useless.
  package let advance: @Sendable (Int) -> Void
  /// What will be fetched, before it begins.
  package let begin: @Sendable (PullPlan) -> Void

  package init(
    note: @escaping @Sendable (String) -> Void,
    advance: @escaping @Sendable (Int) -> Void = { _ in },
    begin: @escaping @Sendable (PullPlan) -> Void = { _ in }
  ) {
    self.note = note
    self.advance = advance
    self.begin = begin
  }
}
