import TesseraFiles
import TesseraTensors

/// What the allowed globals build.
extension PickleReader {
  /// What Python would get by calling `callee` with `arguments`.
  mutating func construct(_ callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
    guard case .global(let global) = callee else {
      throw Reason.expected("a global to call", found: callee.kind)
    }
    guard let elements = pickle.elements(arguments) else {
      throw Reason.expected("a tuple of arguments", found: arguments.kind)
    }
    switch global {
    case .record(let kind):
      guard elements.isEmpty else {
        throw Reason.expected("an object without arguments", found: "\(elements.count) arguments")
      }
      pickle.records.append(.init(kind: kind))
      return .record(UInt32(pickle.records.count - 1))
    case .orderedDict: return try orderedDictionary(elements)
    case .size:
      guard elements.count == 1, let size = elements.first, case .tuple = size else {
        throw Reason.expected("torch.Size of one tuple", found: "\(elements.count) arguments")
      }
      return size
    case .rebuildTensorV2: return try tensor(Array(elements), hasDType: false)
    case .rebuildTensorV3: return try tensor(Array(elements), hasDType: true)
    case .rebuildParameter:
      guard elements.count == 3, let tensor = elements.first, case .tensor = tensor else {
        throw Reason.expected(
          "_rebuild_parameter of a tensor, a flag and hooks",
          found: "\(elements.count) arguments, the first "
            + (elements.first ?? PickleValue.none).kind)
      }
      return tensor
    case .storage, .untypedStorage, .dtype:
      throw Reason.expected("a global that can be called", found: "a storage class or dtype")
    }
  }

  /// `OrderedDict()`, or as Python 2 wrote it, `OrderedDict([[key, value], …])`.
  private mutating func orderedDictionary(
    _ arguments: ArraySlice<PickleValue>
  ) throws -> PickleValue {
    var items: [Pickle.Item] = []
    if let argument = arguments.first {
      guard arguments.count == 1, case .list(let list) = argument else {
        throw Reason.expected(
          "OrderedDict of at most one list", found: "\(arguments.count) arguments")
      }
      try charge(pickle.lists[Int(list)].count)
      for pair in pickle.lists[Int(list)] {
        var elements = pickle.elements(pair) ?? []
        if case .list(let index) = pair { elements = pickle.lists[Int(index)][...] }
        guard elements.count == 2, let key = elements.first, let value = elements.last else {
          throw Reason.expected("a key and its value", found: pair.kind)
        }
        items.append(.init(key: key, value: value))
      }
    }
    pickle.dictionaries.append(items)
    return .dictionary(UInt32(pickle.dictionaries.count - 1))
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])`;
  /// v3 has a dtype before the metadata.
  private mutating func tensor(_ arguments: [PickleValue], hasDType: Bool) throws -> PickleValue {
    let count = hasDType ? 7 : 6
    guard arguments.count == count || arguments.count == count + 1 else {
      throw Reason.expected(
        "\(count) or \(count + 1) arguments of a tensor", found: "\(arguments.count)")
    }
    guard case .storage(let storage) = arguments[0] else {
      throw Reason.expected("a tensor's storage", found: arguments[0].kind)
    }
    guard case .int(let offset) = arguments[1] else {
      throw Reason.expected("a storage offset", found: arguments[1].kind)
    }
    guard case .tuple = arguments[2], case .tuple = arguments[3] else {
      throw Reason.expected(
        "a tensor's shape and strides as tuples",
        found: "\(arguments[2].kind) and \(arguments[3].kind)")
    }
    // Metadata marks a tensor as conjugated or negated: other values than those stored.
    if arguments.count > count, !isEmpty(arguments[count]) {
      throw Reason.unsupportedTensor("tensors with conjugation or negation marks")
    }
    var dtype = pickle.storages[Int(storage)].dtype ?? .u8
    if hasDType {
      guard case .global(.dtype(let named)) = arguments[6] else {
        throw Reason.expected("a tensor's dtype", found: arguments[6].kind)
      }
      dtype = named
    }
    pickle.tensors.append(
      .init(
        storage: storage, dtype: dtype, offset: offset, shape: arguments[2],
        strides: arguments[3], place: place))
    return .tensor(UInt32(pickle.tensors.count - 1))
  }

  private func isEmpty(_ metadata: PickleValue) -> Bool {
    switch metadata {
    case .none: true
    case .dictionary(let index): pickle.dictionaries[Int(index)].isEmpty
    default: false
    }
  }

  /// The storage that a persistent id names:
  /// `("storage", class, key, location, count[, view])`.
  mutating func storage(_ id: PickleValue) throws -> PickleValue {
    guard let elements = pickle.elements(id).map(Array.init), 5...6 ~= elements.count,
      try text(elements[0]) == "storage"
    else { throw Reason.expected("a storage's persistent id", found: id.kind) }
    let dtype: DType?
    switch elements[1] {
    case .global(.storage(let named)): dtype = named
    case .global(.untypedStorage): dtype = nil
    default: throw Reason.expected("a storage class", found: elements[1].kind)
    }
    guard case .text(let key) = elements[2] else {
      throw Reason.expected("a storage key", found: elements[2].kind)
    }
    guard case .int(let count) = elements[4], count >= 0 else {
      throw Reason.expected("a storage's element count", found: elements[4].kind)
    }
    pickle.storages.append(
      .init(
        dtype: dtype, key: key, elementCount: count,
        view: try elements.count == 6 ? view(elements[5], of: count) : nil))
    return .storage(UInt32(pickle.storages.count - 1))
  }

  /// A legacy view: `None`, or `(key, offset, count)` within a storage of `total` elements.
  private func view(_ value: PickleValue, of total: Int) throws -> Range<Int>? {
    if value == .none { return nil }
    guard let elements = pickle.elements(value).map(Array.init), elements.count == 3,
      case .int(let offset) = elements[1], case .int(let count) = elements[2],
      offset >= 0, count >= 0, offset <= total, count <= total - offset
    else { throw Reason.expected("a view within \(total) elements", found: value.kind) }
    return offset..<offset + count
  }
}
