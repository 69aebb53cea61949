/// A batch of made-up items of one kind and size, for measuring.
public struct Workload: Sendable, CustomStringConvertible {
  /// What an item is.
  public enum Kind: String, Sendable {
    case text, image, pair
    /// Texts of many lengths, as they occur, computed in batches like those of `encode`.
    case lengths
  }

  /// What each item is.
  public let kind: Kind
  /// Items that are encoded together.
  public let batch: Int
  /// Tokens of each text, of the longest where they differ, special tokens included; 0 for pictures.
  public var tokens: Int { tokenCounts.max() ?? 0 }
  /// Tokens of each item's text, special tokens included.
  let tokenCounts: [Int]

  /// Reads `text 8x128`, `image 8`, `pair 1x16` or `lengths 256`; nil for anything else.
  public init?(_ description: String) {
    let words = description.split(separator: " ")
    guard words.count == 2, let kind = Kind(rawValue: String(words[0])) else { return nil }
    let sizes = words[1].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let hasTokens = kind == .text || kind == .pair
    guard let batch = sizes[0], (1...Self.maximumBatch).contains(batch),
      sizes.count == (hasTokens ? 2 : 1), let last = sizes[sizes.count - 1], last > 0
    else { return nil }
    self.kind = kind
    self.batch = batch
    tokenCounts =
      switch kind {
      case .text, .pair: Array(repeating: last, count: batch)
      case .image: Array(repeating: 0, count: batch)
      case .lengths: RealisticLengths.tokenCounts(batch)
      }
  }

  /// More would only be a slip of the keyboard.
  private static let maximumBatch = 1 << 20

  /// As it is read.
  public var description: String {
    switch kind {
    case .text, .pair: "\(kind.rawValue) \(batch)x\(tokens)"
    case .image, .lengths: "\(kind.rawValue) \(batch)"
    }
  }
}
