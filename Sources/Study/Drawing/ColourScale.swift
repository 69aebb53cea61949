import Foundation

/// Which colour a weight has: even steps from 0 to the top.
///
/// The top is the 99th percentile, since a few tokens that everybody looks at would else leave
/// everything beside them blank; larger weights have the top's colour, and the bar says so.
package struct ColourScale {
  package let top: Float
  private let isTopExceeded: Bool

  package init(_ weights: [Float]) {
    let sorted = weights.filter(\.isFinite).sorted()
    let place = Int((Double(sorted.count) * 0.99).rounded(.up)) - 1
    let percentile = sorted.isEmpty ? 0 : sorted[max(place, 0)]
    // A percentile of 0 would leave no steps at all.
    let top = percentile > 0 ? percentile : sorted.last ?? 0
    self.top = top
    isTopExceeded = (sorted.last ?? 0) > top
  }

  /// 0…1 of the ramp; 0 for what is not a number.
  package func position(_ weight: Float) -> Double {
    top > 0 && !weight.isNaN ? Double(min(max(weight / top, 0), 1)) : 0
  }

  package subscript(weight: Float) -> Colour { ColourRamp[position(weight)] }

  static let barWidth = 256 + 12 * 18
  static let barHeight = 20

  /// The ramp between the numbers of its ends.
  func drawBar(on canvas: inout Canvas, x: Int, y: Int, font: BitmapFont) {
    canvas.write("0", x: x, y: y, font: font)
    let start = x + 18
    for step in 0..<256 {
      canvas.fill(
        x: start + step, y: y, width: 1, height: Self.barHeight, ColourRamp[Double(step) / 255])
    }
    let end = String(format: "%.3g", Double(top)) + (isTopExceeded ? " and more" : "")
    canvas.write(end, x: start + 262, y: y, font: font)
  }
}
