import Synchronization

/// The pieces of a large vocabulary in groups, by how they begin; a group becomes a trie when a text
/// first has such a beginning.
///
/// One trie of a quarter of a million pieces takes longer to build than their file to read, and a
/// process that encodes a few texts walks only a small part of it.
struct Grove: TokenIndex {
  private let tokens: TokenTable
  /// Indices of the keys, group after group, in each as they came.
  private let order: [Int32]
  /// Where each group begins in `order`, and where the last one ends.
  private let bounds: [Int]
  private let sites: [Site]

  final class Tree: Sendable {
    let trie: Trie

    init(_ trie: Trie) { self.trie = trie }
  }

  /// Where a tree stands once a text has asked for it.
  ///
  /// `AtomicLazyReference` is the same, but its `load` is not inlined: `tessera tokenize` would take
  /// an eighth longer.
  private final class Site: Sendable {
    private let slot = Atomic<Unmanaged<Tree>?>(nil)

    deinit { slot.load(ordering: .acquiring)?.release() }

    @inline(__always)
    var tree: Tree? { slot.load(ordering: .acquiring)?.takeUnretainedValue() }

    /// Puts a tree here, and gives it; or the one that another thread put here before.
    func plant(_ tree: Tree) -> Tree {
      let planted = Unmanaged.passRetained(tree)
      let (isDone, found) = slot.compareExchange(
        expected: nil, desired: planted, ordering: .acquiringAndReleasing)
      guard !isDone, let found else { return tree }
      planted.release()
      return found.takeUnretainedValue()
    }
  }

  init(_ tokens: TokenTable) throws {
    var bounds = Array(repeating: 0, count: Self.groupCount + 1)
    var sizes = Array(repeating: 0, count: Self.groupCount)
    var order = Array(repeating: Int32(0), count: tokens.count)
    try tokens.bytes.withUnsafeBufferPointer { bytes in
      for key in tokens.keys where !key.range.isEmpty {
        let group = Self.group(of: key.range, in: bytes)
        bounds[group + 1] += 1
        sizes[group] += key.range.count
      }
      guard sizes.allSatisfy({ $0 + Self.mark.count < Trie.maximumNodeCount }) else {
        throw Trie.IsFull()
      }
      for group in 0..<Self.groupCount { bounds[group + 1] += bounds[group] }
      var places = bounds
      for (index, key) in tokens.keys.enumerated() where !key.range.isEmpty {
        let group = Self.group(of: key.range, in: bytes)
        order[places[group]] = Int32(truncatingIfNeeded: index)
        places[group] += 1
      }
    }
    self.tokens = tokens
    self.order = order
    self.bounds = bounds
    sites = (0..<Self.groupCount).map { _ in Site() }
  }

  /// The tree of all pieces that a stretch of text can begin with.
  ///
  /// - Precondition: the stretch is not empty.
  @inline(__always)
  func tree(for text: Range<Int>, of bytes: [UInt8]) -> Tree {
    let group = bytes.withUnsafeBufferPointer { Self.group(of: text, in: $0) }
    return sites[group].tree ?? grow(group)
  }

  func value(for key: ArraySlice<UInt8>) -> Int32? {
    key.isEmpty ? nil : tree(for: 0..<key.count, of: Array(key)).trie.value(for: key)
  }

  /// Builds a group's tree. Of two threads that do so at once, one is given the other's.
  private func grow(_ group: Int) -> Tree {
    var keys = keys(of: group)
    if group >= Self.firstMarkedGroup {
      // The mark by itself has no byte behind it, and begins all of these.
      keys += self.keys(of: Int(Self.mark[0])).filter {
        tokens.bytes[$0.range].elementsEqual(Self.mark)
      }
    }
    return sites[group].plant(Tree(Trie(keys, in: tokens.bytes)))
  }

  private func keys(of group: Int) -> [Trie.Key] {
    order[bounds[group]..<bounds[group + 1]].map { tokens.keys[Int($0)] }
  }

  // MARK: Groups

  /// "▁", with which half of a SentencePiece vocabulary begins.
  private static let mark: [UInt8] = [0xE2, 0x96, 0x81]
  private static let firstMarkedGroup = 256
  /// One for each first byte, and one for each byte behind a mark.
  private static let groupCount = 512

  @inline(__always)
  private static func group(of text: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let start = text.lowerBound
    let isMarked =
      text.count > 3 && bytes[start] == 0xE2 && bytes[start + 1] == 0x96
      && bytes[start + 2] == 0x81
    return isMarked ? firstMarkedGroup + Int(bytes[start + 3]) : Int(bytes[start])
  }
}
