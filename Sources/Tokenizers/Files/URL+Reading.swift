import TesseraJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
  #if canImport(Glibc)
    import Glibc
  #endif
#else
  import Foundation
#endif

extension URL {
  /// Whether something of this name is there; a link whose target is gone counts, so that reading
  /// it can say so.
  var isPresent: Bool { kind != nil }

  /// What there is of this name, a link by itself; nil where there is nothing.
  ///
  /// Foundation's attributes hold the owner's name, for which a network may be asked.
  private var kind: mode_t? {
    var status = stat()
    guard lstat(path(percentEncoded: false), &status) == 0 else { return nil }
    return status.st_mode & S_IFMT
  }

  /// Reads a JSON file.
  func readJSON<Result>(_ body: (inout JSONReader) throws -> Result) throws -> Result {
    let data = try readBytes()
    do {
      return try data.withUnsafeBytes { try JSONReader.read($0, body) }
    } catch let error as JSONError {
      throw FieldError.invalidJSON(file: lastPathComponent, error)
    }
  }

  /// Reads a text file; every kind of line end becomes "\n".
  func readText() throws -> String {
    guard let text = String(validating: try readBytes(), as: UTF8.self) else {
      throw TokenizerError.unreadable(file: path(percentEncoded: false), reason: "not valid UTF-8")
    }
    guard text.utf8.contains(UInt8(ascii: "\r")) else { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n"), bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      bytes.append(byte)
    }
    return String(
      decoding: bytes.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 }, as: UTF8.self)
  }

  /// Reads a file whole, through links, as the cache of downloaded models has them.
  ///
  /// It is not mapped: a file that shrinks while it is mapped ends the process.
  func readBytes() throws -> Data {
    func unreadable(_ reason: String) -> TokenizerError {
      .unreadable(file: path(percentEncoded: false), reason: reason)
    }
    do {
      let file = resolvingSymlinksInPath()
      switch file.kind {
      // Where there is nothing, reading says so.
      case S_IFREG?, nil: break
      case S_IFDIR?: throw unreadable("a folder, not a file")
      case S_IFLNK?: throw unreadable("a link to a file that is not there")
      default: throw unreadable("not a file, but a pipe, a socket or a device")
      }
      let data = try Data(contentsOf: file)
      // Offsets into a vocabulary have 32 bits; real files have 20 MB.
      guard data.count <= 1 << 30 else { throw unreadable("larger than a gigabyte") }
      if let stranger = Stranger(data) { throw unreadable(stranger.rawValue) }
      return data
    } catch let error as CocoaError {
      switch error.code {
      case .fileReadNoSuchFile: throw unreadable("no such file")
      case .fileReadNoPermission: throw unreadable("no permission")
      default: throw unreadable("the system's error \(error.code.rawValue)")
      }
    }
  }
}

/// What a download may leave in a file's place.
private enum Stranger: String {
  case pointer = """
    a Git LFS pointer, not the file itself: fetch it with `git lfs pull`, or download it
    """
  case page = "a web page (HTML), not the file: the download got an error or a sign-in page"

  init?(_ data: Data) {
    if data.starts(with: "version https://git-lfs".utf8) {
      self = .pointer
      return
    }
    let start = String(decoding: data.prefix(512), as: UTF8.self)
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    guard start.hasPrefix("<!doctype html") || start.hasPrefix("<html") else { return nil }
    self = .page
  }
}
