import TesseraHTTP

/// Why a chat model gave no answer, or not all of it.
package enum ChatError: Error, Sendable, Equatable, CustomStringConvertible {
  case address(String)
  case connection(host: String, TransportError)
  case refused(host: String, variable: String, isKnown: Bool, reason: String)
  case status(host: String, Int, reason: String)
  case noModel(host: String, reason: String, known: [String])
  case answer(host: String, reason: String)
  case failed(host: String, reason: String)
  case cut(host: String, reason: String)
  case keyInTheClear(host: String, variable: String)
  case unusableKey(variable: String)

  package var description: String {
    switch self {
    case .address(let text):
      "'\(text)' is no chat model: expected URL#MODEL, as http://localhost:11434#llava"
    case .connection(let host, let error): "\(host) \(error)"
    case .refused(let host, let variable, let isKnown, let reason):
      (isKnown ? "\(host) refuses the key of \(variable)" : "\(host) needs a key: set \(variable)")
        + (reason.isEmpty ? "" : " (\(reason))")
    case .status(let host, let status, let reason):
      "\(host) answers \(status)" + (reason.isEmpty ? "" : ": \(reason)")
    case .noModel(let host, let reason, let known):
      "\(host) answers 404: \(reason)"
        + (known.isEmpty ? "" : "; it has \(known.prefix(20).joined(separator: ", "))")
    case .answer(let host, let reason): "\(host): \(reason)"
    case .failed(let host, let reason): "\(host) failed while it answered: \(reason)"
    case .cut(let host, let reason): "the answer of \(host) is cut: \(reason)"
    case .keyInTheClear(let host, let variable):
      "\(variable) would travel to \(host) unencrypted: expected https://, or no key"
    case .unusableKey(let variable): "\(variable) has characters that no key has"
    }
  }
}
