/// Merges as a file lists them.
///
/// The spellings stand one behind the other: half a million strings would cost more than all the
/// rest of loading.
struct MergeList: Sendable {
  private var bytes: [UInt8] = []
  private var merges: [(start: Int, middle: Int, end: Int)] = []

  var count: Int { merges.count }

  /// Appends the merge whose two tokens `write` puts behind the others.
  ///
  /// - Parameter write: Returns where the second token begins, counted from the first; nil: the
  ///   merge is left out.
  /// - Returns: Whether there is one more.
  @discardableResult
  mutating func append(_ write: (inout [UInt8]) throws -> Int?) rethrows -> Bool {
    let start = bytes.count
    guard let length = try write(&bytes) else {
      bytes.removeLast(bytes.count - start)
      return false
    }
    merges.append((start, start + length, bytes.count))
    return true
  }

  subscript(index: Int) -> (first: ArraySlice<UInt8>, second: ArraySlice<UInt8>) {
    let merge = merges[index]
    return (bytes[merge.start..<merge.middle], bytes[merge.middle..<merge.end])
  }
}

extension MergeList {
  /// Appends "a b".
  ///
  /// - Returns: False where that is not two tokens.
  mutating func append(line: ArraySlice<UInt8>) -> Bool {
    let space = UInt8(ascii: " ")
    guard let middle = line.firstIndex(of: space), !line[(middle + 1)...].contains(space) else {
      return false
    }
    return append { bytes in
      bytes += line[..<middle]
      bytes += line[(middle + 1)...]
      return middle - line.startIndex
    }
  }
}
