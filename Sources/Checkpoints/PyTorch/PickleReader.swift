import TesseraFiles
import TesseraTensors

/// Reads a pickle: it builds values and executes nothing.
///
/// A pickle is a program for a stack machine. This machine knows only the instructions and the
/// names of its dialect, as that of `torch.save` for tensors, refuses all others, and holds at most
/// a fixed number of values, so that no file can make it run long or grow large.
struct PickleReader {
  /// A bound on names; longer texts may stand in a pickle but are never copied.
  static let maximumTextLength = 1 << 14

  let bytes: UnsafeRawBufferPointer
  private let dialect: PickleDialect
  var position: Int
  var pickle = Pickle()
  var stack: [PickleValue] = []
  /// Where on the stack each open MARK stands.
  private var marks: [Int] = []
  private var memo: [PickleValue?] = []
  private var operations = 0
  /// Where the current instruction stands.
  private(set) var place = 0
  private var opcode = PickleOpcode.proto

  typealias Reason = PickleError.Reason

  private init(
    _ bytes: UnsafeRawBufferPointer, at position: Int, _ dialect: PickleDialect
  ) {
    self.bytes = bytes
    self.dialect = dialect
    self.position = position
  }

  /// Reads the pickle that begins at `start`.
  /// - Returns: its values, and where it ends.
  /// - Throws: `PickleError`.
  static func read(
    _ bytes: UnsafeRawBufferPointer, at start: Int, dialect: PickleDialect = .checkpoint
  ) throws -> (Pickle, end: Int) {
    var reader = PickleReader(bytes, at: start, dialect)
    do {
      while try reader.step() {}
    } catch let reason as Reason {
      throw PickleError(offset: reader.place, reason: reason)
    }
    return (reader.pickle, reader.position)
  }

  /// Executes one instruction; false after STOP.
  private mutating func step() throws -> Bool {
    opcode = try nextOpcode()
    try charge(1)
    switch opcode {
    case .proto:
      let version = try readNumber(UInt8.self)
      guard (2...5).contains(version) else { throw Reason.unsupportedProtocol(version) }
    case .frame:
      let length = try readNumber(UInt64.self)
      guard length <= UInt64(bytes.count - position) else { throw Reason.runsPastEnd("a frame") }
    case .stop:
      pickle.root = try pop()
      guard stack.isEmpty, marks.isEmpty else { throw Reason.stackNotEmpty(stack.count) }
      return false

    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binint: stack.append(.int(Int(try readNumber(Int32.self))))
    case .binint1: stack.append(.int(Int(try readNumber(UInt8.self))))
    case .binint2: stack.append(.int(Int(try readNumber(UInt16.self))))
    case .long1: stack.append(try readLong())
    case .binfloat:
      stack.append(.float(Double(bitPattern: try readNumber(UInt64.self).byteSwapped)))
    case .binunicode: stack.append(.text(try readText(count: readNumber(UInt32.self))))
    case .shortBinunicode, .shortBinstring:
      stack.append(.text(try readText(count: UInt32(readNumber(UInt8.self)))))
    case .binunicode8: stack.append(.text(try readText(count: readLongCount())))

    case .mark: marks.append(stack.count)
    case .emptyTuple: pushTuple(of: 0)
    case .tuple1: try pushTuple(of: need(1))
    case .tuple2: try pushTuple(of: need(2))
    case .tuple3: try pushTuple(of: need(3))
    case .tuple: pushTuple(of: stack.count - (try popMark()))
    case .emptyList: pushList()
    case .emptyDict: pushDictionary([])
    case .emptySet: stack.append(.emptySet)
    case .additems: try dropItems()
    case .append: try append(from: stack.count - need(1))
    case .appends: try append(from: popMark())
    case .setitem: try setItems(from: stack.count - need(2))
    case .setitems: try setItems(from: popMark())

    case .binget: try recall(Int(readNumber(UInt8.self)))
    case .longBinget: try recall(Int(readNumber(UInt32.self)))
    case .binput: try remember(Int(readNumber(UInt8.self)))
    case .longBinput: try remember(Int(readNumber(UInt32.self)))
    case .memoize: try remember(memo.count)

    case .global: stack.append(.global(try PickleGlobal.named(readLine(), readLine(), in: dialect)))
    case .stackGlobal:
      let name = try text(try pop())
      stack.append(.global(try PickleGlobal.named(text(try pop()), name, in: dialect)))
    case .reduce, .newobj:
      let arguments = try pop()
      stack.append(try construct(try pop(), arguments))
    case .build: try takeState()
    case .binpersid: stack.append(try storage(try pop()))
    }
    return true
  }

  private mutating func nextOpcode() throws -> PickleOpcode {
    place = position
    guard position < bytes.count else { throw Reason.noStop }
    let byte = bytes[position]
    position += 1
    guard let opcode = PickleOpcode(rawValue: byte) else {
      if let name = PickleOpcode.forbidden[byte] { throw Reason.forbiddenOpcode(name) }
      throw Reason.unknownOpcode(byte)
    }
    guard dialect.allows(opcode) else { throw Reason.forbiddenOpcode(opcode.name) }
    return opcode
  }

  // MARK: Stack and memo

  /// Counts work against the limit.
  mutating func charge(_ count: Int) throws {
    operations += count
    guard operations <= dialect.maximumOperations else {
      throw Reason.tooManyOperations(limit: dialect.maximumOperations)
    }
  }

  /// `count`, if so many values lie above the last mark.
  private func need(_ count: Int) throws -> Int {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw Reason.stackUnderflow(opcode: opcode.name)
    }
    return count
  }

  private mutating func pop() throws -> PickleValue {
    _ = try need(1)
    return stack.removeLast()
  }

  private mutating func popMark() throws -> Int {
    guard let mark = marks.popLast() else { throw Reason.noMark(opcode: opcode.name) }
    return mark
  }

  private mutating func remember(_ index: Int) throws {
    guard index < dialect.maximumOperations else { throw Reason.memoIndexTooLarge(index) }
    _ = try need(1)
    if index >= memo.count {
      memo.append(contentsOf: repeatElement(nil, count: index + 1 - memo.count))
    }
    memo[index] = stack[stack.count - 1]
  }

  private mutating func recall(_ index: Int) throws {
    guard index < memo.count, let value = memo[index] else { throw Reason.memoMissing(index) }
    stack.append(value)
  }

  // MARK: Containers

  /// Replaces the last `count` values by a tuple of them.
  private mutating func pushTuple(of count: Int) {
    let start = pickle.tupleElements.count
    pickle.tupleElements.append(contentsOf: stack.suffix(count))
    stack.removeLast(count)
    stack.append(.tuple(start: UInt32(start), count: UInt32(count)))
  }

  private mutating func pushList() {
    stack.append(.list(UInt32(pickle.lists.count)))
    pickle.lists.append([])
  }

  mutating func pushDictionary(_ items: [Pickle.Item]) {
    stack.append(.dictionary(UInt32(pickle.dictionaries.count)))
    pickle.dictionaries.append(items)
  }

  private mutating func popValues(from start: Int) -> [PickleValue] {
    // A copy, as removing values under a slice would copy the whole stack.
    let values = Array(stack[start...])
    stack.removeSubrange(start...)
    return values
  }

  /// Moves the values from `start` upward into the list below them.
  private mutating func append(from start: Int) throws {
    let values = popValues(from: start)
    _ = try need(1)
    guard case .list(let list) = stack[stack.count - 1] else {
      throw Reason.expected("a list to append to", found: stack[stack.count - 1].kind)
    }
    pickle.lists[Int(list)].append(contentsOf: values)
  }

  /// Moves the keys and values from `start` upward into the dictionary below them.
  private mutating func setItems(from start: Int) throws {
    let values = popValues(from: start)
    guard values.count % 2 == 0 else { throw Reason.oddItemCount }
    _ = try need(1)
    guard case .dictionary(let index) = stack[stack.count - 1] else {
      throw Reason.expected("a dictionary to fill", found: stack[stack.count - 1].kind)
    }
    for key in stride(from: 0, to: values.count, by: 2) {
      pickle.dictionaries[Int(index)].append(.init(key: values[key], value: values[key + 1]))
    }
  }

  /// What is added to a set is of no use here: pydantic keeps the names of its fields in one.
  private mutating func dropItems() throws {
    _ = popValues(from: try popMark())
    _ = try need(1)
    guard stack[stack.count - 1] == .emptySet else {
      throw Reason.expected("a set to add to", found: stack[stack.count - 1].kind)
    }
  }

  /// BUILD gives an object its attributes.
  ///
  /// State dictionaries carry `_metadata` that way
  /// (versions of modules), which inference does not need.
  private mutating func takeState() throws {
    let state = try pop()
    guard case .dictionary = state else {
      throw Reason.expected("a dictionary of attributes", found: state.kind)
    }
    _ = try need(1)
    if case .record(let index) = stack[stack.count - 1] {
      pickle.records[Int(index)].state = state
      return
    }
    guard case .dictionary = stack[stack.count - 1] else {
      throw Reason.expected(
        "a dictionary to give attributes to", found: stack[stack.count - 1].kind)
    }
  }
}

extension PickleError.Reason: Error {}
