import TesseraTensors

/// A value of a pickle.
///
/// It refers to others by number, never by nesting, so that no depth can
/// overflow the stack, neither when it is built nor when it goes away; and it fits 16 bytes.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than 64 bits: its little-endian bytes in the file.
  case bigInt(PickleText)
  case float(Double)
  case text(PickleText)
  case global(PickleGlobal)
  /// A run of `Pickle.tupleElements`.
  case tuple(start: UInt32, count: UInt32)
  /// An index into `Pickle.lists`.
  case list(UInt32)
  /// An index into `Pickle.dictionaries`; an OrderedDict too.
  case dictionary(UInt32)
  case emptySet
  /// An index into `Pickle.storages`.
  case storage(UInt32)
  /// An index into `Pickle.tensors`.
  case tensor(UInt32)
  /// An index into `Pickle.records`.
  case record(UInt32)

  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .int, .bigInt: "an integer"
    case .float: "a float"
    case .text: "a text"
    case .global: "a global"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .emptySet: "a set"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .record: "an object"
    }
  }
}

/// A text that still lies in the file.
struct PickleText: Equatable {
  let start: Int
  let count: UInt32

  var range: Range<Int> { start..<start + Int(count) }
}

/// All values of one pickle.
struct Pickle {
  var root = PickleValue.none
  var tupleElements: [PickleValue] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[Item]] = []
  var storages: [StorageReference] = []
  var tensors: [TensorReference] = []
  var records: [Record] = []

  struct Item {
    let key: PickleValue
    let value: PickleValue
  }

  /// An object of a class of which only the fields matter.
  struct Record {
    let kind: PickleGlobal.Record
    /// The dictionary that BUILD gave it.
    var state = PickleValue.none
  }

  /// A persistent id: elements that the pickle only names and the checkpoint holds elsewhere.
  struct StorageReference {
    /// Nil for bytes without a type.
    let dtype: DType?
    let key: PickleText
    let elementCount: Int
    /// Legacy files only: the part of the storage that is meant, in elements.
    let view: Range<Int>?
  }

  /// The arguments of `_rebuild_tensor_v2` or `_v3`; shape and strides remain tuples until asked
  /// for, so that a pickle cannot multiply them.
  struct TensorReference {
    let storage: UInt32
    let dtype: DType
    let offset: Int
    let shape: PickleValue
    let strides: PickleValue
    /// Where the pickle builds it, for errors.
    let place: Int
  }

  /// The elements of a tuple; nil for other kinds.
  func elements(_ value: PickleValue) -> ArraySlice<PickleValue>? {
    guard case .tuple(let start, let count) = value else { return nil }
    return tupleElements[Int(start)..<Int(start) + Int(count)]
  }

  /// A tuple of integers that are not negative; nil for anything else.
  func sizes(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value) else { return nil }
    var sizes: [Int] = []
    for element in elements {
      guard case .int(let size) = element, size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }
}
