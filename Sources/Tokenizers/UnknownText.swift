/// The stretches of a text that a vocabulary lacks, counted, with the first few as examples.
package struct UnknownText: Equatable, Sendable {
  package private(set) var count = 0
  /// As the normalizer left them, in the order of the text, long ones cut.
  package private(set) var examples: [String] = []

  static let maximumExamples = 5
  static let maximumExampleBytes = 200

  mutating func note(_ text: ArraySlice<UInt8>) {
    count += 1
    guard examples.count < Self.maximumExamples else { return }
    var end = text.endIndex
    if text.count > Self.maximumExampleBytes {
      end = text.startIndex + Self.maximumExampleBytes
      while text[end] & 0xC0 == 0x80 { end -= 1 }
    }
    examples.append(String(decoding: text[..<end], as: UTF8.self))
  }

  func followed(by other: UnknownText) -> UnknownText {
    var all = self
    all.count += other.count
    all.examples += other.examples.prefix(Self.maximumExamples - examples.count)
    return all
  }
}
