import Foundation
import TesseraHTTP

/// One file, fetched in pieces from where the last run or the last broken connection ended.
struct Download: Sendable {
  let file: RepositoryFile
  let commit: String
  let repository: any Repository
  let place: FilePlaceOnDisk
  let patience: Patience
  let report: PullReport

  /// Bounds what is in memory: the system's client reads a whole answer, however slow the disk is.
  private static let pieceSize = 32 << 20

  /// Fetches the file, unless it is there, perhaps by another process meanwhile.
  /// - Throws: `HubError`.
  func run() throws {
    let isAnothers = "\(file.path): another process fetches it, waiting"
    let lock = try FileLock(place.lock) { report.note(isAnothers) }
    defer { withExtendedLifetime(lock) {} }
    if Folders.fileSize(place.path) == file.size {
      if place.lock == place.partial { try Folders.remove(place.partial) }
      report.advance(file.size)
      return
    }
    do {
      try fetch()
    } catch let error as HubError {
      guard case .wrongHash = error else { throw error }
      report.note("\(error); fetched once more")
      report.advance(-file.size)
      try fetch()
    }
  }

  private func fetch() throws {
    let partial = try PartialFile(place.partial, of: file)
    report.advance(partial.count)
    var attempts = patience.attempts
    // Large files live at an address that the repository's own leads to, good for a while.
    var found: URL?
    while partial.count < file.size {
      let before = partial.count
      do {
        try fetchPiece(of: partial, at: &found)
        attempts = patience.attempts
      } catch let error as HubError where error.isPassing {
        found = nil
        if partial.count > before { attempts = patience.attempts }
        try attempts.wait(after: error) { report.note("\(file.path): \($0)") }
      }
    }
    try partial.finish(as: place.path)
  }

  private func fetchPiece(of partial: PartialFile, at found: inout URL?) throws {
    let start = partial.count
    let end = min(start + Self.pieceSize, file.size) - 1
    // A small file comes whole, without a request for a part of it.
    let range = start == 0 && end == file.size - 1 ? [:] : ["Range": "bytes=\(start)-\(end)"]
    let own = repository.address(of: file.path, commit: commit)
    let arrival = try repository.client.get(found ?? own, headers: range)
    let head = arrival.head
    let host = Origin(arrival.url).host
    guard head.status == 200 || head.status == 206 else {
      // The address was good for a while only.
      if [401, 403, 404, 410].contains(head.status), Origin(arrival.url) != Origin(own) {
        throw HubError.status(host: host, status: 503, reason: "its address has expired")
      }
      throw repository.refusal(arrival, file: file.path)
    }
    if head.isPage, !file.path.hasSuffix(".html") { throw HubError.page(host: host) }
    found = arrival.url
    let beginsAt = head.status == 206 ? head.firstByte ?? -1 : 0
    if beginsAt != start {
      // Servers may send all in place of a part.
      guard beginsAt == 0 else {
        throw HubError.answer(host: host, reason: "another part of \(file.path) than asked for")
      }
      report.advance(-start)
      try partial.startOver()
    }
    try receive(arrival, into: partial)
  }

  private func receive(_ arrival: Client.Arrival, into partial: PartialFile) throws {
    let start = partial.count
    do {
      while let bytes = try arrival.answer.next() {
        guard partial.count + bytes.count <= file.size else {
          throw HubError.answer(
            host: Origin(arrival.url).host,
            reason: "more of \(file.path) than its \(file.size) bytes")
        }
        try partial.append(bytes)
        report.advance(bytes.count)
      }
    } catch let error as TransportError {
      throw HubError.connection(host: Origin(arrival.url).host, error)
    }
    guard partial.count > start else {
      throw HubError.connection(
        host: Origin(arrival.url).host, .brokenOff(reason: "an answer without a byte"))
    }
  }
}

extension HTTPHead {
  /// Where the part that a 206 brings begins: "bytes 100-199/1000".
  fileprivate var firstByte: Int? {
    self["Content-Range"]?.split(whereSeparator: { " -".contains($0) }).dropFirst().first
      .flatMap { Int($0) }
  }
}
