/// A map from byte strings to numbers that can be walked byte by byte, so that one pass finds every
/// key that a text begins with.
///
/// Nodes are numbered in the order of their keys: a node's first child follows it at once. Most
/// nodes have no other, so a walk mostly reads on in memory. The edges of the nodes that do branch
/// share one hash table.
struct Trie: TokenIndex {
  static let root: UInt32 = 0
  static let noValue: Int32 = -1
  /// An edge's key has 24 bits for its node.
  static let maximumNodeCount = 1 << 24

  /// The keys could need more nodes than there can be.
  struct IsFull: Error {}

  private struct Node {
    var value = noValue
    /// Of the edge that leads here.
    let label: UInt8
    var children = Children.none
  }

  private enum Children: UInt8 { case none, one, many }

  private var nodes = [Node(label: 0)]
  /// Node << 40 | byte << 32 | child; 0 is a free place, as no edge leads to the root.
  private var edges: [UInt64] = []
  /// Of the hash, the high bits count.
  private var shift: UInt64 = 0
  /// The number of distinct keys.
  private(set) var count = 0

  // MARK: Walking

  /// The child of `node` along `byte`.
  @inline(__always)
  func child(of node: UInt32, _ byte: UInt8) -> UInt32? {
    switch nodes[Int(node)].children {
    case .none: nil
    case .one: nodes[Int(node) + 1].label == byte ? node + 1 : nil
    case .many: branch(of: node, byte)
    }
  }

  @inline(__always)
  private func branch(of node: UInt32, _ byte: UInt8) -> UInt32? {
    let key = UInt64(node) << 8 | UInt64(byte)
    var place = home(of: key)
    while edges[place] != 0 {
      if edges[place] >> 32 == key { return UInt32(truncatingIfNeeded: edges[place]) }
      place = (place + 1) & (edges.count - 1)
    }
    return nil
  }

  /// The value of the key that ends at `node`, or `noValue`.
  @inline(__always)
  func value(at node: UInt32) -> Int32 { nodes[Int(node)].value }

  /// The node that `bytes` lead to from `node`.
  @inline(__always)
  func node(after bytes: some Sequence<UInt8>, from node: UInt32 = root) -> UInt32? {
    var node = node
    for byte in bytes {
      guard let child = child(of: node, byte) else { return nil }
      node = child
    }
    return node
  }

  func value(for key: ArraySlice<UInt8>) -> Int32? {
    guard let node = node(after: key), value(at: node) != Self.noValue else { return nil }
    return value(at: node)
  }

  // MARK: Building

  /// A byte string among others, and its value.
  struct Key {
    let start, end, value: Int32

    @inline(__always) var range: Range<Int> { Int(start)..<Int(end) }
  }

  init(_ tokens: TokenTable) throws {
    guard tokens.bytes.count < Self.maximumNodeCount else { throw IsFull() }
    self.init(tokens.keys, in: tokens.bytes)
  }

  /// Builds a trie; of equal keys the last one's value counts, an empty key is left out.
  /// - Precondition: the keys have less than `maximumNodeCount` bytes.
  init(_ keys: [Key], in bytes: [UInt8]) {
    let sorted = SortedKeys(keys, in: bytes)
    var branches: [UInt64] = []
    nodes.reserveCapacity(sorted.bytes.count / 2)
    sorted.bytes.withUnsafeBufferPointer { bytes in
      // The nodes along the key before, of which the next key shares the beginning.
      var path = [Self.root]
      var previous = 0..<0
      for key in sorted.keys {
        let shared = bytes.sharedPrefix(previous, key.range)
        path.removeLast(path.count - 1 - shared)
        var node = path[shared]
        for byte in bytes[key.range].dropFirst(shared) {
          node = addChild(to: node, byte, &branches)
          path.append(node)
        }
        previous = key.range
        if key.range.isEmpty { continue }
        if nodes[Int(node)].value == Self.noValue { count += 1 }
        nodes[Int(node)].value = key.value
      }
    }
    place(branches)
  }

  /// - Parameter branches: The edges of nodes that have more than one.
  private mutating func addChild(
    to node: UInt32, _ byte: UInt8, _ branches: inout [UInt64]
  ) -> UInt32 {
    precondition(nodes.count < Self.maximumNodeCount, "a trie of too many keys")
    let child = UInt32(nodes.count)
    nodes.append(Node(label: byte))
    func addBranch(_ byte: UInt8, to child: UInt32) {
      branches.append(UInt64(node) << 40 | UInt64(byte) << 32 | UInt64(child))
    }
    switch nodes[Int(node)].children {
    case .none:
      nodes[Int(node)].children = .one
    case .one:
      nodes[Int(node)].children = .many
      addBranch(nodes[Int(node) + 1].label, to: node + 1)
      addBranch(byte, to: child)
    case .many:
      addBranch(byte, to: child)
    }
    return child
  }

  /// Fills the table, which becomes half full at most.
  private mutating func place(_ branches: [UInt64]) {
    let bits = UInt64.bitWidth - (2 * branches.count + 1).leadingZeroBitCount
    shift = UInt64(UInt64.bitWidth - bits)
    edges = Array(repeating: 0, count: 1 << bits)
    for edge in branches {
      var place = home(of: edge >> 32)
      while edges[place] != 0 { place = (place + 1) & (edges.count - 1) }
      edges[place] = edge
    }
  }

  /// Fibonacci hashing: the golden ratio spreads neighbouring keys.
  @inline(__always)
  private func home(of key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }
}
