import TesseraFiles
import TesseraJSON

/// Why a file is not a valid safetensors file.
package struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
  package let file: String
  package let reason: Reason

  package enum Reason: Equatable, Sendable {
    /// Shorter than the 8 bytes that give the header's length.
    case noHeaderLength(fileSize: Int)
    case headerTooLarge(UInt64, limit: Int)
    case headerBeyondEnd(length: Int, available: Int)
    case headerNotAnObject(found: UInt8?)
    case json(JSONError)
    case metadataTwice
    case metadataKeyTwice(String)
    case nameTwice(String)
    case fieldTwice(tensor: String, field: String)
    case fieldMissing(tensor: String, field: String)
    case unsupportedDType(tensor: String, found: String)
    case tooManyDimensions(tensor: String, limit: Int)
    case negativeNumber(tensor: String, field: String, found: Int)
    case notTwoOffsets(tensor: String, found: Int)
    case sizeOverflows(tensor: String, shape: [Int])
    case offsetsReversed(tensor: String, begin: Int, end: Int)
    case sizeDisagrees(tensor: String, expected: Int, found: Int)
    case beyondEnd(tensor: String, end: Int, available: Int)
    case hole(before: String, Range<Int>)
    case overlap(tensor: String, with: String, at: Int)
    case trailingBytes(Range<Int>)
  }

  package var description: String { "\(file): \(reason)" }
}

extension SafetensorsError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noHeaderLength(let size):
      "expected 8 bytes of header length, found a file of \(size)"
    case .headerTooLarge(let length, let limit):
      "header length: expected at most \(limit) bytes, found \(length)"
    case .headerBeyondEnd(let length, let available):
      "header length: expected at most the \(available) bytes that follow, found \(length)"
    case .headerNotAnObject(let found):
      "header: expected a JSON object, found \(found.map { "byte \($0)" } ?? "nothing")"
    case .json(let error): "header: \(error)"
    case .metadataTwice: "header: __metadata__ stands twice"
    case .metadataKeyTwice(let key): "__metadata__: the key \(key.quoted) stands twice"
    case .nameTwice(let name): "header: the name \(name.quoted) stands twice"
    case .fieldTwice(let tensor, let field): "tensor \(tensor.quoted): \(field) stands twice"
    case .fieldMissing(let tensor, let field): "tensor \(tensor.quoted): no \(field)"
    case .unsupportedDType(let tensor, let found):
      "tensor \(tensor.quoted): dtype \(found.quoted) is unknown or not supported"
    case .tooManyDimensions(let tensor, let limit):
      "tensor \(tensor.quoted): more than \(limit) dimensions"
    case .negativeNumber(let tensor, let field, let found):
      "tensor \(tensor.quoted): \(field) holds the negative number \(found)"
    case .notTwoOffsets(let tensor, let found):
      "tensor \(tensor.quoted): expected 2 data_offsets, found \(found)"
    case .sizeOverflows(let tensor, let shape):
      "tensor \(tensor.quoted): the size of shape \(shape) overflows"
    case .offsetsReversed(let tensor, let begin, let end):
      "tensor \(tensor.quoted): data_offsets run backwards, from \(begin) to \(end)"
    case .sizeDisagrees(let tensor, let expected, let found):
      "tensor \(tensor.quoted): its shape needs \(expected) bytes, its data_offsets give \(found)"
    case .beyondEnd(let tensor, let end, let available):
      "tensor \(tensor.quoted): ends at data byte \(end), the file holds \(available)"
    case .hole(let tensor, let range):
      "data bytes \(range.lowerBound)..<\(range.upperBound), before tensor \(tensor.quoted), "
        + "belong to no tensor"
    case .overlap(let tensor, let other, let offset):
      "tensors \(other.quoted) and \(tensor.quoted) overlap at data byte \(offset)"
    case .trailingBytes(let range):
      "data bytes \(range.lowerBound)..<\(range.upperBound), at the end, belong to no tensor"
    }
  }
}
