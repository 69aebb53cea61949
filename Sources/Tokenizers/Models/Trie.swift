/// A map from byte strings to numbers that can be walked byte by byte, so that one pass finds every
/// key that a text begins with.
///
/// Nodes are numbered in the order of their keys: a node's first child follows it at once. Most
/// nodes have no other, so a walk mostly reads on in memory. The edges of the nodes that do branch
/// share one hash table.
struct Trie: Sendable {
  static let root: UInt32 = 0
  static let noValue: Int32 = -1
  /// An edge's key has 24 bits for its node.
  static let maximumNodeCount = 1 << 24

  private struct Node {
    var value = noValue
    /// Of the edge that leads here.
    let label: UInt8
    var children = Children.none
  }

  private enum Children: UInt8 { case none, one, many }

  private var nodes = [Node(label: 0)]
  /// Node << 40 | byte << 32 | child; 0 is a free place, as no edge leads to the root.
  private var edges: [UInt64]
  private var edgeCount = 0
  /// Of the hash, the high bits count.
  private var shift: UInt64
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

  func value(for key: some Sequence<UInt8>) -> Int32? {
    guard let node = node(after: key), value(at: node) != Self.noValue else { return nil }
    return value(at: node)
  }

  // MARK: Building

  struct Key {
    /// Where the key stands among the bytes given.
    let range: Range<Int>
    let value: Int32
  }

  struct TrieIsFull: Error {}

  /// Builds a trie; of equal keys the last one's value counts, an empty key is left out.
  /// - Throws: `TrieIsFull` where the keys need more than `maximumNodeCount` nodes.
  init(_ keys: [Key], in bytes: [UInt8]) throws {
    // Seldom does a key bring more than two edges, and a table that grows is filled twice.
    let places = UInt64.bitWidth - (2 * keys.count + 8).leadingZeroBitCount
    edges = Array(repeating: 0, count: 1 << places)
    shift = UInt64(64 - places)
    nodes.reserveCapacity(bytes.count / 2)
    // The nodes along the key before, of which the next key shares the beginning.
    var path = [Self.root]
    var previous = 0..<0
    for key in Self.sorted(keys, in: bytes) {
      var shared = 0
      while shared < min(previous.count, key.range.count),
        bytes[previous.lowerBound + shared] == bytes[key.range.lowerBound + shared]
      {
        shared += 1
      }
      path.removeLast(path.count - 1 - shared)
      for byte in bytes[key.range].dropFirst(shared) {
        path.append(try addChild(to: path[path.count - 1], byte))
      }
      previous = key.range
      let node = Int(path[path.count - 1])
      if node == Self.root { continue }
      if nodes[node].value == Self.noValue { count += 1 }
      nodes[node].value = key.value
    }
  }

  /// The keys in the order of their bytes, equal ones as they came.
  private static func sorted(_ keys: [Key], in bytes: [UInt8]) -> [Key] {
    // Most comparisons end within sixteen bytes, so those stand ready as numbers.
    struct Entry {
      let head: UInt64
      let next: UInt64
      let index: Int
    }
    func number(_ range: Range<Int>, from start: Int) -> UInt64 {
      var number: UInt64 = 0
      for i in range.lowerBound + start..<range.lowerBound + start + 8 {
        number = number << 8 | (i < range.upperBound ? UInt64(bytes[i]) : 0)
      }
      return number
    }
    var entries = keys.indices.map { index in
      let range = keys[index].range
      return Entry(head: number(range, from: 0), next: number(range, from: 8), index: index)
    }
    func precedes(_ a: Entry, _ b: Entry) -> Bool {
      if a.head != b.head { return a.head < b.head }
      if a.next != b.next { return a.next < b.next }
      let (first, second) = (bytes[keys[a.index].range], bytes[keys[b.index].range])
      if first.elementsEqual(second) { return a.index < b.index }
      return first.lexicographicallyPrecedes(second)
    }
    entries.sort(by: precedes)
    return entries.map { keys[$0.index] }
  }

  private mutating func addChild(to node: UInt32, _ byte: UInt8) throws -> UInt32 {
    guard nodes.count < Self.maximumNodeCount else { throw TrieIsFull() }
    let child = UInt32(nodes.count)
    nodes.append(Node(label: byte))
    switch nodes[Int(node)].children {
    case .none:
      nodes[Int(node)].children = .one
    case .one:
      nodes[Int(node)].children = .many
      addEdge(from: node, nodes[Int(node) + 1].label, to: node + 1)
      addEdge(from: node, byte, to: child)
    case .many:
      addEdge(from: node, byte, to: child)
    }
    return child
  }

  private mutating func addEdge(from node: UInt32, _ byte: UInt8, to child: UInt32) {
    if edgeCount * 2 >= edges.count { grow() }
    place(UInt64(node) << 40 | UInt64(byte) << 32 | UInt64(child))
    edgeCount += 1
  }

  private mutating func place(_ edge: UInt64) {
    var place = home(of: edge >> 32)
    while edges[place] != 0 { place = (place + 1) & (edges.count - 1) }
    edges[place] = edge
  }

  private mutating func grow() {
    let old = edges
    edges = Array(repeating: 0, count: old.count * 2)
    shift -= 1
    for edge in old where edge != 0 { place(edge) }
  }

  /// Fibonacci hashing: the golden ratio spreads neighbouring keys.
  @inline(__always)
  private func home(of key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }
}
