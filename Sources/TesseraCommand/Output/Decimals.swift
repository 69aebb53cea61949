/// Numbers for tables, the same in every locale.
enum Decimals {
  /// With so many digits behind the point, aligned to the right.
  static func text(_ value: Float, digits: Int, width: Int) -> String {
    // More digits than a table has room for, and more than an Int.
    guard value.isFinite, abs(value) < 1e12 else {
      return pad(value.isFinite ? value.description : "–", to: width)
    }
    let unit = (0..<digits).reduce(1) { power, _ in power * 10 }
    let scaled = Int((abs(Double(value)) * Double(unit)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return pad("\(sign)\(scaled)", to: width) }
    let fraction = String(scaled % unit)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return pad("\(sign)\(scaled / unit).\(zeros)\(fraction)", to: width)
  }

  static func pad(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
