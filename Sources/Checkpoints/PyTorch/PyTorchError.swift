import TesseraFiles

/// Why a PyTorch checkpoint cannot be read.
package struct PyTorchError: Error, Equatable, Sendable, CustomStringConvertible {
  package let file: String
  package let reason: Reason

  package enum Reason: Error, Equatable, Sendable {
    case empty
    case notACheckpoint
    case tarFormat
    case torchScript
    case bigEndian
    case unknownByteOrder(String)
    case zip(ZipError)
    case pickle(PickleError)
    case noPickle
    case severalPickles(String, String)
    case legacyHeader(expected: String)
    case rootNotADictionary(found: String)
    case keyNotText(found: String, under: String)
    case containsItself(String)
    case nestedTooDeeply(limit: Int)
    case tooManyValues(limit: Int)
    case nameTooLong(limit: Int)
    case nameTwice(String)
    case storageMissing(tensor: String, storage: String)
    case storageTwice(String)
    case storageSizeDisagrees(tensor: String, storage: String, expected: Int, found: Int)
    case storageBeyondEnd(String)
    case storageNotReferenced(String)
    case trailingBytes(Int)
    case tensorDamaged(String, expected: String)
    case tensorBeyondStorage(String, last: Int, available: Int)
    case tensorRepeatsElements(String, shape: [Int], available: Int)
  }

  package var description: String { "\(file): \(reason)" }
}

extension PyTorchError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .empty: "the file is empty"
    case .notACheckpoint: "expected a zip archive or a pickle of torch.save, found neither"
    case .tarFormat:
      "the tar format of PyTorch before 0.2 is not supported; load it there and save it again"
    case .torchScript:
      "the archive holds constants.pkl: a TorchScript program, not a checkpoint of tensors"
    case .bigEndian: "expected little-endian tensors, found big-endian"
    case .unknownByteOrder(let found):
      "record byteorder: expected 'little', found \(found.quoted)"
    case .zip(let error): "\(error)"
    case .pickle(let error): "\(error)"
    case .noPickle: "the archive has no data.pkl"
    case .severalPickles(let one, let other):
      "expected one data.pkl, found \(one.quoted) and \(other.quoted)"
    case .legacyHeader(let expected): "legacy format: expected \(expected)"
    case .rootNotADictionary(let found):
      "expected a dictionary of tensors, found \(found)"
    case .keyNotText(let found, let place):
      "expected texts as keys, found \(found) under \(place.quoted)"
    case .containsItself(let name): "the dictionary \(name.quoted) contains itself"
    case .nestedTooDeeply(let limit): "dictionaries are nested more than \(limit) deep"
    case .tooManyValues(let limit): "expected at most \(limit) values"
    case .nameTooLong(let limit): "the tensor names exceed \(limit) bytes"
    case .nameTwice(let name): "the name \(name.quoted) stands twice"
    case .storageMissing(let tensor, let storage):
      "tensor \(tensor.quoted): its storage \(storage.quoted) is not in the file"
    case .storageTwice(let storage): "the storage \(storage.quoted) stands twice"
    case .storageSizeDisagrees(let tensor, let storage, let expected, let found):
      "tensor \(tensor.quoted): expected \(expected) bytes in its storage \(storage.quoted), "
        + "found \(found)"
    case .storageBeyondEnd(let storage):
      "the storage \(storage.quoted) runs past the end of the file"
    case .storageNotReferenced(let storage):
      "the storage \(storage.quoted) belongs to no tensor"
    case .trailingBytes(let count): "\(count) bytes follow where the contents end"
    case .tensorDamaged(let tensor, let expected):
      "tensor \(tensor.quoted): expected \(expected)"
    case .tensorBeyondStorage(let tensor, let last, let available):
      "tensor \(tensor.quoted): reaches element \(last) of a storage of \(available)"
    case .tensorRepeatsElements(let tensor, let shape, let available):
      "tensor \(tensor.quoted): shape \(shape) repeats the \(available) elements of its storage"
    }
  }
}
