import Synchronization

/// Which keys of a file were asked for, so that one that nobody reads does not go unseen.
package final class KeyLog: Sendable {
  private let paths = Mutex<Set<String>>([])

  package init() {}

  func note(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  fileprivate func contains(_ path: String) -> Bool { paths.withLock { $0.contains(path) } }

  fileprivate func hasAny(under path: String) -> Bool {
    paths.withLock { $0.contains { $0.hasPrefix("\(path).") } }
  }
}

extension Field {
  /// The members, and those of members that were taken apart, that nobody has asked for, by their
  /// paths; none where nothing is logged.
  package func unreadKeys() -> [String] {
    guard let log, case .object(let members) = value else { return [] }
    return members.flatMap { member -> [String] in
      let place = place.key(member.key)
      guard log.contains(place.path) else { return [place.path] }
      guard log.hasAny(under: place.path) else { return [] }
      return Field(value: member.value, place: place, log: log).unreadKeys()
    }
  }
}
