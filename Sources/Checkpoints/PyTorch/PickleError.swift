import TesseraFiles

/// Why a pickle is not one of those that are read here, and at which byte of the file.
package struct PickleError: Error, Equatable, Sendable, CustomStringConvertible {
  package let offset: Int
  package let reason: Reason

  package enum Reason: Equatable, Sendable {
    case noStop
    case runsPastEnd(String)
    case unknownOpcode(UInt8)
    case forbiddenOpcode(String)
    case unsupportedProtocol(UInt8)
    case stackUnderflow(opcode: String)
    case stackNotEmpty(Int)
    case noMark(opcode: String)
    case memoMissing(Int)
    case memoIndexTooLarge(Int)
    case tooManyOperations(limit: Int)
    case tooDeep(limit: Int)
    case forbiddenGlobal(String)
    case unsupportedTensor(String)
    case notUTF8
    case expected(String, found: String)
    case oddItemCount
  }

  package var description: String { "pickle, byte \(offset): \(reason)" }
}

extension PickleError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noStop: "ends without STOP"
    case .runsPastEnd(let what): "\(what) runs past the end"
    case .unknownOpcode(let byte): "unknown opcode 0x\(String(byte, radix: 16))"
    case .forbiddenOpcode(let name): "opcode \(name) is not allowed; nothing was executed"
    case .unsupportedProtocol(let version): "expected protocol 2 to 5, found \(version)"
    case .stackUnderflow(let opcode): "stack underflow at \(opcode)"
    case .stackNotEmpty(let count): "\(count) values are left on the stack at STOP"
    case .noMark(let opcode): "no mark on the stack at \(opcode)"
    case .memoMissing(let index): "nothing is remembered under \(index)"
    case .memoIndexTooLarge(let index): "memo index \(index) is too large"
    case .tooManyOperations(let limit): "more than \(limit) operations"
    case .tooDeep(let limit): "more than \(limit) values within each other"
    case .forbiddenGlobal(let name):
      "the global \(name.printable(limit: 120)) is not on the list of those that may stand here; "
        + "nothing was executed"
    case .unsupportedTensor(let kind): "\(kind) are not supported"
    case .notUTF8: "a text is not UTF-8"
    case .expected(let expected, let found): "expected \(expected), found \(found)"
    case .oddItemCount: "a dictionary is given a key without a value"
    }
  }
}
