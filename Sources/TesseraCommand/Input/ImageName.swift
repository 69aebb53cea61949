import Foundation
import Synchronization
import TesseraEmbedders
import TesseraFiles
import TesseraTensors

/// What an item calls its picture: a file, or the picture itself as a data: URL.
enum ImageName {
  /// A picture that comes through a pipe is held in memory; a larger one is no picture: 1 GiB.
  private static let maximumPipedBytes = 1 << 30

  /// - Parameter folder: where a relative path is looked up first; nil for none but the working
  ///   directory.
  static func source(
    _ name: String, beside folder: String? = nil
  ) -> Result<ImageSource, ItemFailure> {
    // An empty path would be the working directory.
    guard !name.isEmpty else {
      return .failure(.encoding(.unusableImage(reason: "its name is empty")))
    }
    if name.prefix(5).lowercased() == "data:" { return dataURL(name) }
    if name.prefix(7).lowercased() == "file://" {
      guard let url = URL(string: name), url.isFileURL else { return .failure(.remoteImage(name)) }
      return source(url.path)
    }
    if name.contains("://") { return .failure(.remoteImage(name)) }
    guard let folder, !name.hasPrefix("/") else { return file(name) }
    let places = ["\(folder)/\(name)", name]
    guard let place = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      return .failure(.imageNotFound(name, folder: folder))
    }
    return file(place)
  }

  private static func file(_ path: String) -> Result<ImageSource, ItemFailure> {
    var status = stat()
    let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
    guard kind == S_IFIFO || kind == S_IFCHR || kind == S_IFSOCK else {
      return .success(.file(URL(filePath: path)))
    }
    do {
      return .success(.data(try contents(ofPipe: path), name: path))
    } catch {
      return .failure(.encoding(.unusableImage(reason: "\(error)")))
    }
  }

  /// What came through pipes, as it cannot be read twice.
  private static let pipes = Mutex<[String: Data]>([:])

  private static func contents(ofPipe path: String) throws -> Data {
    try pipes.withLock { pipes in
      let data = try pipes[path] ?? read(pipe: path)
      pipes[path] = data
      return data
    }
  }

  private static func read(pipe path: String) throws -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    defer { close(descriptor) }
    var data = Data()
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if Polling.mayRetry(descriptor, POLLIN) { continue }
        throw FileError(path: path, operation: "read", code: errno)
      }
      guard count > 0 else { return data }
      data.append(contentsOf: chunk[..<count])
      guard data.count <= maximumPipedBytes else {
        throw FileError(path: path, operation: "hold in memory what comes from", code: EFBIG)
      }
    }
  }

  /// RFC 2397: `data:image/png;base64,…`, or percent-encoded bytes.
  private static func dataURL(_ name: String) -> Result<ImageSource, ItemFailure> {
    guard let comma = name.firstIndex(of: ",") else {
      return .failure(.invalidDataURL("it has no comma before its data"))
    }
    let body = String(name[name.index(after: comma)...])
    guard let bytes = percentDecoded(body) else {
      return .failure(.invalidDataURL("a % without two hexadecimal digits behind it"))
    }
    var data = bytes
    if name[..<comma].lowercased().hasSuffix(";base64") {
      guard let decoded = Data(base64Encoded: bytes.filter { !$0.isASCIISpace }) else {
        return .failure(.invalidDataURL("its data is not base64"))
      }
      data = decoded
    }
    return .success(.data(data, name: "the data: URL"))
  }

  private static func percentDecoded(_ text: String) -> Data? {
    var out = Data()
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte)
        continue
      }
      guard let digits = String(rest.prefix(2)), digits.utf8.count == 2,
        digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
      else { return nil }
      out.append(value)
      rest = rest.dropFirst(2)
    }
    return out
  }
}

extension UInt8 {
  fileprivate var isASCIISpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
