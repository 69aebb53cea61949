import Foundation

/// A colour of sRGB, 8 bits a channel.
package struct Colour: Equatable, Sendable {
  package let red: UInt8
  package let green: UInt8
  package let blue: UInt8

  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let white = Colour(255, 255, 255)
  package static let ink = Colour(30, 32, 40)
  package static let line = Colour(140, 144, 155)

  /// A colour of Oklab by lightness 0…1, chroma, and hue in degrees; clipped to what sRGB has.
  ///
  /// Matrices: Björn Ottosson, "A perceptual color space for image processing" (2020).
  init(lightness: Double, chroma: Double, hue: Double) {
    let a = chroma * cos(hue * .pi / 180)
    let b = chroma * sin(hue * .pi / 180)
    func cube(_ x: Double) -> Double { x * x * x }
    let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    func channel(_ linear: Double) -> UInt8 {
      let x = min(max(linear, 0), 1)
      let encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055
      return UInt8((encoded * 255).rounded())
    }
    self.init(
      channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  /// This colour under another one of `opacity` 0…1.
  package func under(_ other: Colour, opacity: Double) -> Colour {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) * (1 - opacity) + Double(b) * opacity).rounded())
    }
    return Colour(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  /// The gray of the same luminance (ITU-R BT.601).
  package var gray: Colour {
    let y = 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
    let value = UInt8(y.rounded())
    return Colour(value, value, value)
  }
}

/// Colours for numbers: from almost white by yellow and red to dark violet.
///
/// Lightness falls evenly, so that the ramp reads the same in gray and to any eye.
package enum ColourRamp {
  package static let colours: [Colour] = (0..<256).map { step in
    let t = Double(step) / 255
    return Colour(
      lightness: 0.985 - 0.68 * t, chroma: 0.015 + 0.17 * sin(0.84 * .pi * pow(t, 0.7)),
      hue: 100 - 165 * t)
  }

  /// - Parameter value: 0…1; what lies outside has the colour of the nearer end, NaN the lowest.
  package static subscript(_ value: Double) -> Colour {
    colours[value > 0 ? Int((min(value, 1) * 255).rounded()) : 0]
  }
}
