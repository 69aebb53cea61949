#if Server
  import Foundation
  import HTTPTypes
  import HummingbirdCore
  import TesseraJSON

  /// A line for each request: what was asked for and how it went, and nothing of what was in it.
  struct RequestLog: Sendable {
    private let form: HTTPSettings.Log

    init(_ form: HTTPSettings.Log) { self.form = form }

    func write(
      _ request: Request, _ id: String, status: Int, bytes: (read: Int, written: Int),
      since start: ContinuousClock.Instant
    ) {
      guard form != .none else { return }
      let milliseconds = (ContinuousClock().now - start) / .microseconds(1) / 1000
      let time = Date().formatted(.iso8601)
      let path = String(request.uri.path.prefix(80))
      let line: String
      switch form {
      case .none: return
      case .text:
        let plain = path.unicodeScalars.map {
          $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0)
        }
        line =
          "\(time) \(id) \(request.method.rawValue) \(plain.joined()) \(status)"
          + " \(milliseconds) ms \(bytes.read) \(bytes.written)\n"
      case .json:
        line = JSONWriter.line { object in
          object.member("time", time)
          object.member("request", id)
          object.member("method", request.method.rawValue)
          object.member("path", path)
          object.member("status", status)
          object.member("ms", milliseconds)
          object.member("bytes_read", bytes.read)
          object.member("bytes_written", bytes.written)
        }
      }
      FileHandle.standardError.write(Data(line.utf8))
    }
  }
#endif
