internal import CTesseraIntrinsics

/// How a register of a row meets one of a query.
protocol RowNumbers {
  /// A register of a row.
  associatedtype Row
  /// A register of a query.
  associatedtype Query
  /// Partial sums.
  associatedtype Sums
  /// A sum for each of four rows.
  associatedtype FourSums

  static var byteCount: Int { get }
  /// Numbers in a register.
  static var step: Int { get }
  static var zeros: Sums { get }
  static func row(_ address: UnsafeRawPointer) -> Row
  /// Fewer numbers than a register has, then zeros.
  static func row(_ address: UnsafeRawPointer, first count: Int) -> Row
  static func query(_ address: UnsafeRawPointer) -> Query
  static func query(_ address: UnsafeRawPointer, first count: Int) -> Query
  static func add(_ sums: Sums, _ row: Row, _ query: Query) -> Sums
  static func total(_ a: Sums, _ b: Sums, _ c: Sums, _ d: Sums) -> FourSums
}

/// Float32, in sixteen partial sums.
enum FloatRows: RowNumbers {
  @inline(__always) static var byteCount: Int { 4 }
  @inline(__always) static var step: Int { 16 }
  @inline(__always) static var zeros: Sixteen { Sixteen() }
  @inline(__always) static func row(_ address: UnsafeRawPointer) -> Sixteen {
    sixteen_load(address)
  }
  @inline(__always) static func row(_ address: UnsafeRawPointer, first count: Int) -> Sixteen {
    sixteen_load_first(address, count)
  }
  @inline(__always) static func query(_ address: UnsafeRawPointer) -> Sixteen {
    sixteen_load(address)
  }
  @inline(__always) static func query(_ address: UnsafeRawPointer, first count: Int) -> Sixteen {
    sixteen_load_first(address, count)
  }
  @inline(__always) static func add(_ sums: Sixteen, _ row: Sixteen, _ query: Sixteen) -> Sixteen {
    sixteen_fma(row, query, sums)
  }
  @inline(__always)
  static func total(_ a: Sixteen, _ b: Sixteen, _ c: Sixteen, _ d: Sixteen) -> FourFloats {
    sixteen_sums(a, b, c, d)
  }
}

/// Signed bytes, summed in words: exact in any order. Queries are filled up with zeros to whole
/// registers.
enum CodeRows: RowNumbers {
  @inline(__always) static var byteCount: Int { 1 }
  @inline(__always) static var step: Int { 4 &* Int(LANE_COUNT) }
  @inline(__always) static var zeros: IntLanes { IntLanes() }
  @inline(__always)
  static func total(_ a: IntLanes, _ b: IntLanes, _ c: IntLanes, _ d: IntLanes) -> FourInts {
    words_sums(a, b, c, d)
  }

  struct Bytes {
    let even, odd: IntLanes

    @inline(__always) init(row words: IntLanes) {
      even = row_codes_even(words)
      odd = row_codes_odd(words)
    }
    @inline(__always) init(query words: IntLanes) {
      even = query_codes_even(words)
      odd = query_codes_odd(words)
    }
  }
  @inline(__always) static func row(_ address: UnsafeRawPointer) -> Bytes {
    Bytes(row: words_load(address))
  }
  @inline(__always) static func row(_ address: UnsafeRawPointer, first count: Int) -> Bytes {
    Bytes(row: words_load_first(address, count))
  }
  @inline(__always) static func query(_ address: UnsafeRawPointer) -> Bytes {
    Bytes(query: words_load(address))
  }
  @inline(__always)
  static func add(_ sums: IntLanes, _ row: Bytes, _ query: Bytes) -> IntLanes {
    codes_dot(sums, row.even, row.odd, query.even, query.odd)
  }
  @inline(__always) static func query(_ address: UnsafeRawPointer, first count: Int) -> Query {
    query(address)
  }
}
