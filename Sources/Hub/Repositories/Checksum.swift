import Crypto
import Foundation

/// What a file's bytes must hash to; also its name among the cache's blobs.
package enum Checksum: Hashable, Sendable, CustomStringConvertible {
  /// Of the bytes, for what Git LFS keeps.
  case sha256(String)
  /// SHA-1 of "blob SIZE\0" and the bytes, for what git keeps.
  case gitBlob(String)

  package var description: String {
    switch self {
    case .sha256(let digits), .gitBlob(let digits): digits
    }
  }

  /// - Returns: nil where the digits are not those of such a hash.
  init?(sha256 digits: String) {
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    self = .sha256(digits.lowercased())
  }

  init?(gitBlob digits: String) {
    guard digits.utf8.count == 40, digits.allSatisfy(\.isHexDigit) else { return nil }
    self = .gitBlob(digits.lowercased())
  }

  /// Takes in a file piece by piece.
  enum Hasher {
    case sha256(SHA256)
    case gitBlob(Insecure.SHA1)

    mutating func update(_ bytes: Data) {
      switch self {
      case .sha256(var hasher):
        hasher.update(data: bytes)
        self = .sha256(hasher)
      case .gitBlob(var hasher):
        hasher.update(data: bytes)
        self = .gitBlob(hasher)
      }
    }

    var digits: String {
      switch self {
      case .sha256(let hasher): hex(hasher.finalize())
      case .gitBlob(let hasher): hex(hasher.finalize())
      }
    }
  }

  /// - Parameter size: the file's, which git hashes too.
  func hasher(size: Int) -> Hasher {
    switch self {
    case .sha256: return .sha256(SHA256())
    case .gitBlob:
      var hasher = Insecure.SHA1()
      hasher.update(data: Data("blob \(size)\0".utf8))
      return .gitBlob(hasher)
    }
  }

  /// The SHA-256 of a text, for names of what is made of known things.
  static func digits(of text: String) -> String { hex(SHA256.hash(data: Data(text.utf8))) }
}

/// Lower-case hexadecimal digits.
private func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let codes = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: codes, as: UTF8.self)
}
