import TesseraFiles

/// The tensors of an unpickled checkpoint under their full names, in the order of the file.
///
/// `torch.save` writes either the state dictionary itself or a training checkpoint that holds it
/// under a key of `wrappers`. Dictionaries and lists within it join their keys by dots; values
/// that are not tensors are passed over.
struct StateDictionary {
  private(set) var tensors: [(name: String, index: Int)] = []

  /// Keys under which training scripts put the state dictionary.
  static let wrappers = ["state_dict", "model_state_dict", "model"]

  // Bounds on what a pickle that shares its parts can expand to.
  static let maximumDepth = 64
  static let maximumValues = 250_000
  static let maximumNameBytes = 32 << 20

  private typealias Reason = PyTorchError.Reason

  private let pickle: Pickle
  private let bytes: UnsafeRawBufferPointer
  private var names: Set<String> = []
  private var nameBytes = 0
  private var visited = 0

  /// A container on the way from the root to the current value.
  private struct Level {
    let container: PickleValue
    let path: String
    var next = 0
  }

  /// - Throws: `PyTorchError.Reason`.
  init(_ pickle: Pickle, of bytes: UnsafeRawBufferPointer) throws {
    self.pickle = pickle
    self.bytes = bytes
    guard case .dictionary = pickle.root else {
      throw Reason.rootNotADictionary(found: pickle.root.kind)
    }
    try collect(from: unwrapped(pickle.root))
  }

  /// The state dictionary within a training checkpoint; the root itself where it holds tensors.
  private func unwrapped(_ root: PickleValue) -> PickleValue {
    guard case .dictionary(let index) = root else { return root }
    let items = pickle.dictionaries[Int(index)]
    let holdsTensors = items.contains { if case .tensor = $0.value { true } else { false } }
    if holdsTensors { return root }
    for wrapper in Self.wrappers {
      for item in items {
        if case .dictionary = item.value, case .text(let key) = item.key,
          key.count == wrapper.utf8.count, bytes[key.range].elementsEqual(wrapper.utf8)
        {
          return item.value
        }
      }
    }
    return root
  }

  /// Walks the containers depth first, without recursion.
  private mutating func collect(from root: PickleValue) throws {
    var levels = [Level(container: root, path: "")]
    while let level = levels.last {
      guard let (key, value) = child(level.next, of: level.container) else {
        levels.removeLast()
        continue
      }
      levels[levels.count - 1].next += 1
      visited += 1
      guard visited <= Self.maximumValues else {
        throw Reason.tooManyValues(limit: Self.maximumValues)
      }
      switch value {
      case .tensor(let index):
        let name = try path(level.path, key)
        guard names.insert(name).inserted else { throw Reason.nameTwice(name) }
        tensors.append((name, Int(index)))
      case .dictionary, .list,
        .tuple where child(0, of: value) != nil:
        let name = try path(level.path, key)
        guard !levels.contains(where: { $0.container == value }) else {
          throw Reason.containsItself(name)
        }
        guard levels.count < Self.maximumDepth else {
          throw Reason.nestedTooDeeply(limit: Self.maximumDepth)
        }
        levels.append(Level(container: value, path: name))
      default: break
      }
    }
  }

  /// A container's value number `position` with its key; nil behind the last.
  private func child(
    _ position: Int, of container: PickleValue
  ) -> (key: PickleValue, value: PickleValue)? {
    switch container {
    case .dictionary(let index):
      let items = pickle.dictionaries[Int(index)]
      return position < items.count ? (items[position].key, items[position].value) : nil
    case .list(let index):
      let list = pickle.lists[Int(index)]
      return position < list.count ? (.int(position), list[position]) : nil
    case .tuple(let start, let count):
      guard position < Int(count) else { return nil }
      return (.int(position), pickle.tupleElements[Int(start) + position])
    default: return nil
    }
  }

  private mutating func path(_ parent: String, _ key: PickleValue) throws -> String {
    let component: String
    switch key {
    case .int(let number): component = String(number)
    case .text(let text):
      guard text.count <= PickleReader.maximumTextLength else {
        throw Reason.nameTooLong(limit: PickleReader.maximumTextLength)
      }
      guard let string = bytes.text(text.range) else {
        throw Reason.keyNotText(found: "bytes that are not UTF-8", under: parent)
      }
      component = string
    default: throw Reason.keyNotText(found: key.kind, under: parent)
    }
    let path = parent.isEmpty ? component : parent + "." + component
    nameBytes += path.utf8.count
    guard nameBytes <= Self.maximumNameBytes else {
      throw Reason.nameTooLong(limit: Self.maximumNameBytes)
    }
    return path
  }
}
