import TesseraFiles
import TesseraTensors

/// A memory-mapped checkpoint of `torch.save`, zip or legacy, checked in full when opened.
///
/// Nothing in the file is executed. Contiguous tensors are views of the mapping; tensors with
/// other strides are copied when asked for.
package struct PyTorchFile: Sendable {
  package let path: String
  /// In the order of the file's dictionary.
  package let tensors: [TensorInfo]

  private let storage: TensorStorage
  private let places: [Place]
  private let indices: [String: Int]

  /// A tensor that repeats elements (stride 0) may grow to this size, or to that of its storage.
  static let maximumRepeatedBytes = 16 << 20
  static let maximumRank = 64
  /// Of all tensors together: a pickle may name one long shape many times.
  static let maximumDimensions = 1_000_000

  private struct Place {
    let byteOffset: Int
    /// In elements; nil where the tensor is contiguous.
    let strides: [Int]?
  }

  private typealias Reason = PyTorchError.Reason

  /// Maps and checks a file.
  /// - Throws: `FileError`, or `PyTorchError` with the first thing that is wrong.
  package init(path: String) throws {
    self.path = path
    let storage = TensorStorage(try MappedFile(path))
    self.storage = storage
    do {
      (tensors, places) = try withExtendedLifetime(storage) {
        try Self.readTensors(storage.bytes)
      }
    } catch let reason as PyTorchError.Reason {
      throw PyTorchError(file: path, reason: reason)
    } catch let error as ZipError {
      throw PyTorchError(file: path, reason: .zip(error))
    } catch let error as PickleError {
      throw PyTorchError(file: path, reason: .pickle(error))
    }
    // The state dictionary has refused equal names.
    indices = Dictionary(
      zip(tensors.map(\.name), tensors.indices), uniquingKeysWith: { first, _ in first })
  }

  package var names: [String] { tensors.map(\.name) }

  package func info(_ name: String) -> TensorInfo? { indices[name].map { tensors[$0] } }

  /// A view of the mapped file, or a contiguous copy where the file stores other strides.
  package subscript(name: String) -> StoredTensor? {
    guard let index = indices[name] else { return nil }
    let (info, place) = (tensors[index], places[index])
    guard let strides = place.strides else {
      return StoredTensor(
        dtype: info.dtype, shape: info.shape, storage: storage, byteOffset: place.byteOffset)
    }
    let copy = TensorStorage(byteCount: info.byteCount) { target in
      withExtendedLifetime(storage) {
        copyStrided(
          from: UnsafeRawBufferPointer(rebasing: storage.bytes[place.byteOffset...]),
          info, strides: strides, into: target)
      }
    }
    return StoredTensor(dtype: info.dtype, shape: info.shape, storage: copy)
  }

  private static func readTensors(
    _ file: UnsafeRawBufferPointer
  ) throws -> ([TensorInfo], [Place]) {
    let layout = try PyTorchLayout(file)
    var tensors: [TensorInfo] = []
    var places: [Place] = []
    var dimensionCount = 0
    for (name, index) in try StateDictionary(layout.pickle, of: file).tensors {
      let (info, place) = try locate(layout.pickle.tensors[index], name, layout, file)
      dimensionCount += info.shape.count
      guard dimensionCount <= maximumDimensions else {
        throw Reason.tooManyValues(limit: maximumDimensions)
      }
      tensors.append(info)
      places.append(place)
    }
    return (tensors, places)
  }

  /// Finds a tensor's elements and checks that all of them lie within its storage.
  private static func locate(
    _ tensor: Pickle.TensorReference, _ name: String, _ layout: PyTorchLayout,
    _ file: UnsafeRawBufferPointer
  ) throws -> (TensorInfo, Place) {
    func damaged(_ expected: String) -> Reason { .tensorDamaged(name, expected: expected) }
    guard let rank = layout.pickle.elements(tensor.shape)?.count, rank <= maximumRank,
      rank == layout.pickle.elements(tensor.strides)?.count
    else { throw damaged("as many strides as dimensions, at most \(maximumRank)") }
    guard let shape = layout.pickle.sizes(tensor.shape),
      let strides = layout.pickle.sizes(tensor.strides), tensor.offset >= 0
    else { throw damaged("whole, non-negative dimensions, strides and offset") }
    guard let info = TensorInfo(name: name, dtype: tensor.dtype, shape: shape) else {
      throw damaged("a size that fits 63 bits, found shape \(shape)")
    }

    let reference = layout.pickle.storages[Int(tensor.storage)]
    let storage = try bytes(of: reference, name, layout, file)
    let itemSize = info.dtype.byteCount
    // An untyped storage holds whole elements, and perhaps some bytes more.
    let available = storage.count / itemSize
    guard let last = lastElement(shape: shape, strides: strides, offset: tensor.offset) else {
      throw damaged("strides that fit 63 bits, found \(strides)")
    }
    guard last < available else {
      throw Reason.tensorBeyondStorage(name, last: last, available: available)
    }
    guard info.elementCount <= available || info.byteCount <= maximumRepeatedBytes else {
      throw Reason.tensorRepeatsElements(name, shape: shape, available: available)
    }
    let place = Place(
      byteOffset: info.elementCount == 0
        ? storage.lowerBound : storage.lowerBound + tensor.offset * itemSize,
      strides: isContiguous(shape: shape, strides: strides)
        // A dimension of one takes no step, so that its stride, which may be anything, is idle.
        ? nil : zip(shape, strides).map { $0 == 1 ? 0 : $1 })
    return (info, place)
  }

  /// The byte range of a storage, or of the part of it that is meant.
  private static func bytes(
    of storage: Pickle.StorageReference, _ tensor: String, _ layout: PyTorchLayout,
    _ file: UnsafeRawBufferPointer
  ) throws -> Range<Int> {
    guard storage.key.count <= 256, let key = file.text(storage.key.range),
      let range = layout.storage(key)
    else {
      throw Reason.storageMissing(
        tensor: tensor, storage: file.text(storage.key.range.prefix(256)) ?? "not UTF-8")
    }
    let itemSize = storage.dtype?.byteCount ?? 1
    let (expected, overflow) = storage.elementCount.multipliedReportingOverflow(by: itemSize)
    guard !overflow, expected == range.count else {
      throw Reason.storageSizeDisagrees(
        tensor: tensor, storage: key, expected: overflow ? .max : expected, found: range.count)
    }
    guard let view = storage.view else { return range }
    // The pickle reader has checked that the view lies within the elements.
    return range.lowerBound + view.lowerBound * itemSize..<range.lowerBound + view.upperBound
      * itemSize
  }

  /// The highest element that a tensor touches, −1 for one without elements; nil on overflow.
  private static func lastElement(shape: [Int], strides: [Int], offset: Int) -> Int? {
    if shape.contains(0) { return -1 }
    var last = offset
    for (dimension, stride) in zip(shape, strides) {
      let (reach, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(reach)
      if overflow || carry { return nil }
      last = sum
    }
    return last
  }

  /// Whether the elements lie one behind the other in row-major order.
  private static func isContiguous(shape: [Int], strides: [Int]) -> Bool {
    if shape.contains(0) { return true }
    var expected = 1
    for (dimension, stride) in zip(shape, strides).reversed() where dimension != 1 {
      guard stride == expected else { return false }
      expected *= dimension
    }
    return true
  }
}
