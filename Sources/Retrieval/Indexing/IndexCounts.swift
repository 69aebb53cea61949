/// What a run did to the rows of a store.
package struct IndexCounts: Equatable, Sendable {
  package var added = 0
  package var changed = 0
  package var unchanged = 0
  package var removed = 0
  /// Items and files that cannot be read.
  package var failed = 0

  package init() {}

  package var summary: String {
    "\(added) added, \(changed) changed, \(unchanged) unchanged, \(removed) removed,"
      + " \(failed) failed"
  }
}
