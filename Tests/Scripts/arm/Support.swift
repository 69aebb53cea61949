import CArm
import TesseraKernels

// What the tests of the kernels take from Swift Testing, Foundation and the test support, as far as
// Embedded Swift for bare ARM has none of them.

nonisolated(unsafe) private var failureCount: Int32 = 0
nonisolated(unsafe) private var test: StaticString = ""

func begin(_ name: StaticString) {
  test = name
  report(line: 0)
}

func expect(_ holds: Bool, _ message: @autoclosure () -> String = "", line: Int = #line) {
  guard !holds else { return }
  failureCount += 1
  if failureCount <= 20 { report(line: line) }
}

func failures() -> Int32 { failureCount }

private func report(line: Int) {
  test.withUTF8Buffer { name in
    name.withMemoryRebound(to: CChar.self) { arm_report($0.baseAddress, $0.count, line) }
  }
}

func sin(_ x: Float) -> Float { sinf(x) }
func cos(_ x: Float) -> Float { cosf(x) }

/// Says which kernels there are to choose from.
func reportTables() {
  var names = KernelTable.availableTables.map { $0.instructionSet.rawValue }.joined(separator: ", ")
  names.withUTF8 { names in
    names.withMemoryRebound(to: CChar.self) { arm_report($0.baseAddress, $0.count, 0) }
  }
}

struct Tensor {
  let elements: [Float]

  static func random(_ shape: [Int], seed: UInt64, scale: Float = 1) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor(
      elements: (0..<shape.reduce(1, *)).map { _ in
        Float.random(in: -scale...scale, using: &generator)
      })
  }
}
