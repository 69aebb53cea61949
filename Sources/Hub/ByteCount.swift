/// A number of bytes as people read it: 133 MB, 2.27 GB.
package struct ByteCount: CustomStringConvertible {
  private let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  package var description: String {
    let units = ["B", "kB", "MB", "GB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let digits = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
    let scale = [1.0, 10, 100][digits]
    let rounded = Int((value * scale).rounded())
    guard digits > 0 else { return "\(rounded) \(units[unit])" }
    let fraction = String(rounded % Int(scale))
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(rounded / Int(scale)).\(zeros)\(fraction) \(units[unit])"
  }
}
