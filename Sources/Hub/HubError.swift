import Foundation
import TesseraHTTP

/// Why a model cannot be had; each message is one line, and says what to do where something can be.
package enum HubError: Error, Sendable, CustomStringConvertible {
  // MARK: The name
  case notAName(String)
  case notFound(name: String, host: String, isKnown: Bool, nearest: [String])
  case revisionUnknown(name: String, revision: String, known: [String])
  case noFile(name: String, file: String)
  case noModel(name: String, reason: String)

  // MARK: Admission
  case gated(name: String, page: String, isKnown: Bool)
  case disabled(name: String, reason: String)
  case tokenRefused(host: String)

  // MARK: The network
  case connection(host: String, TransportError)
  case redirect(host: String, reason: String)
  case status(host: String, status: Int, reason: String)
  case busy(host: String, seconds: Int?)
  case page(host: String)
  case answer(host: String, reason: String)
  case offline(name: String, variable: String)

  // MARK: Files
  case hostilePath(String)
  case wrongHash(file: String, expected: String, found: String)
  case diskFull(folder: String, needed: Int, free: Int)
  case exists(String)
  case file(path: String, operation: String, code: Int32)

  // MARK: The caches
  case notCached(name: String)
  case incomplete(name: String, missing: [String])

  package var description: String {
    switch self {
    case .notAName(let text):
      "'\(text)' is no name of a model: expected NAME, ORGANISATION/NAME or modelscope:ORGANISATION/NAME, perhaps with @REVISION"
    case .notFound(let name, let host, let isKnown, let nearest):
      "\(host) has no model \(name)"
        + (isKnown ? ", or not for this token" : ", or a private one, which needs HF_TOKEN")
        + (nearest.isEmpty ? "" : "; near it are \(nearest.joined(separator: ", "))")
    case .revisionUnknown(let name, let revision, let known):
      "\(name) has no revision \(revision)"
        + (known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))")
    case .noFile(let name, let file): "\(name) has no file \(file)"
    case .noModel(let name, let reason): "\(name): \(reason)"
    case .gated(let name, let page, let isKnown):
      "\(name) is given on request only: ask for it at \(page)"
        + (isKnown ? "; the owner of this token has no access yet" : ", then set HF_TOKEN")
    case .disabled(let name, let reason): "\(name): \(reason)"
    case .tokenRefused(let host):
      "\(host) does not know this token; see HF_TOKEN and the file that HF_TOKEN_PATH names"
    case .connection(let host, let error): "\(host) \(error)"
    case .redirect(let host, let reason), .answer(let host, let reason): "\(host): \(reason)"
    case .status(let host, let status, let reason):
      "\(host) answers \(status)" + (reason.isEmpty ? "" : ": \(reason)")
    case .busy(let host, let seconds):
      "\(host) asks to wait" + (seconds.map { " \($0) s" } ?? "") + ": too many requests"
    case .page(let host):
      "in place of a file came a web page in the name of \(host): a proxy or the network's sign-in page answers"
    case .offline(let name, let variable):
      "the caches do not hold all of \(name), and \(variable) forbids to ask"
    case .hostilePath(let path):
      "the file name '\(path.unicodeScalars.map { $0.escaped(asASCII: true) }.joined())' would leave the model's folder"
    case .wrongHash(let file, let expected, let found):
      "\(file): expected hash \(expected), found \(found); deleted"
    case .diskFull(let folder, let needed, let free):
      "\(folder): \(ByteCount(needed)) are needed, \(ByteCount(free)) are free"
    case .exists(let path): "\(path): is there with other contents"
    case .file(let path, let operation, let code):
      "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    case .notCached(let name):
      "there is no folder \(name), nor a model of that name in the caches; fetch it: tessera pull \(name)"
    case .incomplete(let name, let missing):
      "of \(name) the cache lacks \(missing.prefix(3).joined(separator: ", "))"
        + (missing.count > 3 ? " and \(missing.count - 3) more" : "")
        + "; fetch it: tessera pull \(name)"
    }
  }

  /// Whether another try may succeed.
  var isPassing: Bool {
    switch self {
    case .connection(_, .notTrusted): false
    case .connection, .busy: true
    case .status(_, let status, _): status == 408 || status >= 500
    default: false
    }
  }

  /// Whether no answer came at all.
  var isOfTheNetwork: Bool { if case .connection = self { true } else { false } }
}

extension HubError {
  /// Whether the caches merely lack a model that may be fetched.
  package var isLack: Bool {
    switch self {
    case .notCached, .incomplete: true
    default: false
    }
  }
}
