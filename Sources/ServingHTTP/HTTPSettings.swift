/// Where a server listens, and how patient it is.
package struct HTTPSettings: Sendable {
  package enum Address: Sendable {
    case port(host: String, port: Int)
    /// A socket in the file system, for its owner alone.
    case socket(path: String)
  }

  /// What is written of each request; never a text, a picture or a key.
  package enum Log: String, Sendable, CaseIterable {
    case json, text, none
  }

  package var address: Address
  package var log = Log.text
  /// Seconds of silence after which a connection is closed.
  package var idleSeconds = 60
  /// Seconds in which a body must be there, and one more for each MiB that it has.
  package var bodySeconds = 30
  /// Seconds that requests in hand have to end when the server stops.
  package var graceSeconds = 30
  package var connections = 4096
  /// Bytes of bodies that may be in memory at once.
  package var bodyBytesInFlight = 512 << 20

  package init(address: Address) { self.address = address }
}
