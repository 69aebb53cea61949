/// A batch of made-up items of one kind and size, for measuring.
public struct Workload: Sendable, CustomStringConvertible {
  /// What an item is.
  public enum Kind: String, Sendable { case text, image, pair }

  /// What each item is.
  public let kind: Kind
  /// Items that are encoded together.
  public let batch: Int
  /// Tokens of each text, special tokens included; 0 for pictures.
  public let tokens: Int

  /// Reads `text 8x128`, `image 8` or `pair 1x16`; nil for anything else.
  public init?(_ description: String) {
    let words = description.split(separator: " ")
    guard words.count == 2, let kind = Kind(rawValue: String(words[0])) else { return nil }
    let sizes = words[1].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard let batch = sizes[0], batch > 0, sizes.count == (kind == .image ? 1 : 2),
      let last = sizes[sizes.count - 1], last > 0
    else { return nil }
    self.kind = kind
    self.batch = batch
    tokens = kind == .image ? 0 : last
  }

  /// As it is read.
  public var description: String {
    kind == .image ? "image \(batch)" : "\(kind.rawValue) \(batch)x\(tokens)"
  }
}
