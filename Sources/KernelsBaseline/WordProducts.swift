internal import CTesseraIntrinsics
import TesseraKernels

/// How a word of activations meets a word of weights in each lane.
protocol WordProduct {
  /// One register of sums.
  associatedtype Sums
  /// One register of weights.
  associatedtype Weights
  /// One word of activations in every lane.
  associatedtype Activation

  /// Bytes of one register of weights in a panel.
  static var weightBytes: Int { get }
  /// What the sums of a row's words begin with.
  static func start(_ activations: UnsafeRawPointer, words: Int) -> Sums
  static func load(_ weights: UnsafeRawPointer) -> Weights
  static func splat(_ activation: UnsafeRawPointer) -> Activation
  static func add(_ sums: Sums, _ activation: Activation, _ weights: Weights) -> Sums
  /// The sums of a register of columns from `first` on as floats.
  ///
  /// - Parameters:
  ///   - row: two numbers that belong to the row.
  ///   - columns: those that belong to all columns of the panel.
  static func floats(
    _ sums: Sums, row: UnsafePointer<Float>?, columns: UnsafeRawPointer, first: Int
  ) -> Lanes
  /// How many times sooner than the product itself the next panel is to be there.
  static var haste: Int { get }
  /// Multiply-adds in one chain; sums of chains are added up in memory.
  static func chainLength(_ product: PanelProduct) -> Int
}

extension WordProduct {
  @inline(__always) static var weightBytes: Int { 4 &* Int(LANE_COUNT) }
  @inline(__always) static var haste: Int { 3 }
  @inline(__always) static func chainLength(_ product: PanelProduct) -> Int { product.depth }
}

extension WordProduct where Sums == Lanes {
  @inline(__always) static func start(_ activations: UnsafeRawPointer, words: Int) -> Lanes {
    lanes_splat(0)
  }
  @inline(__always)
  static func floats(
    _ sums: Lanes, row: UnsafePointer<Float>?, columns: UnsafeRawPointer, first: Int
  ) -> Lanes { sums }
}

/// One number a word, in float32. 16-bit weights are widened each time they are read: while the
/// multiply-adds of a tile keep their units busy, others do it for nothing.
protocol FloatProduct: WordProduct where Sums == Lanes, Weights == Lanes, Activation == Lanes {}

extension FloatProduct {
  @inline(__always) static var haste: Int { 1 }
  @inline(__always) static func splat(_ activation: UnsafeRawPointer) -> Lanes {
    lanes_splat(activation.loadUnaligned(as: Float.self))
  }
  @inline(__always) static func add(_ sums: Lanes, _ activation: Lanes, _ weights: Lanes) -> Lanes {
    lanes_fma(activation, weights, sums)
  }
  /// A chain's rounding errors grow with its length, and shorter ones bring a product nearer to
  /// the exact sum. Each costs an addition to what memory holds: chains of 64 take a tenth more
  /// time than chains of 256, which only small models, fast as they are, can afford.
  @inline(__always) static func chainLength(_ product: PanelProduct) -> Int {
    product.chain ?? (product.depth > 320 ? 256 : 64)
  }
}

enum PlainWeights: FloatProduct {
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> Lanes { lanes_load(weights) }
}

enum HalfWeights: FloatProduct {
  @inline(__always) static var weightBytes: Int { 2 &* Int(LANE_COUNT) }
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> Lanes {
    lanes_load_f16(weights)
  }
}

enum BrainWeights: FloatProduct {
  @inline(__always) static var weightBytes: Int { 2 &* Int(LANE_COUNT) }
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> Lanes {
    lanes_load_bf16(weights)
  }
}

/// Two bfloat16 numbers a word, summed in float32.
enum PairProduct: WordProduct {
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> IntLanes {
    words_load(weights)
  }
  @inline(__always) static func splat(_ activation: UnsafeRawPointer) -> IntLanes {
    words_splat(activation)
  }
  @inline(__always)
  static func add(_ sums: Lanes, _ activation: IntLanes, _ weights: IntLanes) -> Lanes {
    pairs_dot(sums, activation, weights)
  }
}

/// Four bytes a word, summed in int32: exact up to a depth of 66,000.
enum QuadProduct: WordProduct {
  struct Bytes {
    let even, odd: IntLanes
  }
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> Bytes {
    let words = words_load(weights)
    return Bytes(even: bytes_even_signed(words), odd: bytes_odd_signed(words))
  }
  @inline(__always) static func splat(_ activation: UnsafeRawPointer) -> Bytes {
    let words = words_splat(activation)
    return Bytes(even: bytes_even_unsigned(words), odd: bytes_odd_unsigned(words))
  }
  @inline(__always)
  static func add(_ sums: IntLanes, _ activation: Bytes, _ weights: Bytes) -> IntLanes {
    bytes_dot(sums, activation.even, activation.odd, weights.even, weights.odd)
  }

  /// Each group has scales of its own.
  @inline(__always) static func chainLength(_ product: PanelProduct) -> Int {
    product.groups?.words ?? product.depth
  }
  @inline(__always) static func start(_ activations: UnsafeRawPointer, words: Int) -> IntLanes {
    bytes_start(activations, words)
  }
  @inline(__always)
  /// `row` is scale and offset, `columns` a row of scales and one of sums.
  static func floats(
    _ sums: IntLanes, row: UnsafePointer<Float>?, columns: UnsafeRawPointer, first: Int
  ) -> Lanes {
    guard let row else { return lanes_from_integers(sums) }
    return lanes_fma(
      lanes_splat(row[0]) * lanes_load(columns + 4 &* first), lanes_from_integers(sums),
      lanes_splat(row[1]) * lanes_load(columns + 4 &* (first &+ panelWidth)))
  }
}

/// Eight weights of four bits a word, which meet two words of bytes; summed in integers, exact over 32
/// numbers.
enum OctetProduct: WordProduct {
  struct Pair {
    let low, high: IntLanes
  }
  @inline(__always) static func load(_ weights: UnsafeRawPointer) -> Pair {
    let words = words_load(weights)
    return Pair(low: nibbles_low(words), high: nibbles_high(words))
  }
  @inline(__always) static func splat(_ activation: UnsafeRawPointer) -> Pair {
    Pair(low: words_splat(activation), high: words_splat(activation + 4))
  }
  @inline(__always)
  static func add(_ sums: IntLanes, _ activation: Pair, _ weights: Pair) -> IntLanes {
    nibbles_dot(nibbles_dot(sums, activation.low, weights.low), activation.high, weights.high)
  }

  @inline(__always) static func start(_ activations: UnsafeRawPointer, words: Int) -> IntLanes {
    IntLanes()
  }
  /// `row` is the bytes' scale and what their sum adds, `columns` a row of scales in bfloat16.
  @inline(__always)
  static func floats(
    _ sums: IntLanes, row: UnsafePointer<Float>?, columns: UnsafeRawPointer, first: Int
  ) -> Lanes {
    let integers = lanes_from_integers(nibbles_sum(sums))
    guard let row else { return integers }
    // The sum in brackets is one of whole numbers, and exact.
    return lanes_splat(row[0]) * lanes_load_bf16(columns + 2 &* first)
      * (integers + lanes_splat(row[1]))
  }
}
