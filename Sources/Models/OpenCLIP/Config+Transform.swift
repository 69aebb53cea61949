import TesseraImages
import TesseraJSON

/// How open_clip, and jina-clip after it, spell what is done to a picture.
extension Config {
  /// Refuses pictures of another size than the model's: one number, or a height and a width.
  ///
  /// - Throws: `FieldError`.
  func requireSize(_ size: Int) throws {
    guard let field = try optional("size") else { return }
    let sides = field.value.array == nil ? [field] : try field.elements()
    guard (1...2).contains(sides.count), try sides.allSatisfy({ try $0.number() == Double(size) })
    else { throw field.wrongType("\(size), the model's image_size") }
  }

  /// - Throws: `FieldError`.
  func isSquashed() throws -> Bool {
    guard let mode = try optional("resize_mode") else { return false }
    switch try mode.string() {
    case "shortest": return false
    case "squash": return true
    default: throw mode.wrongType("shortest, squash")
    }
  }

  /// - Throws: `FieldError`.
  func interpolation() throws -> ResampleFilter {
    guard let name = try optional("interpolation") else { return .bicubic }
    switch try name.string() {
    // Random is for training.
    case "bicubic", "random": return .bicubic
    case "bilinear": return .bilinear
    default: throw name.wrongType("bicubic, bilinear")
    }
  }

  /// Of red, green and blue; one number is that of all.
  ///
  /// - Throws: `FieldError`.
  func channels(_ key: String) throws -> [Double]? {
    guard let field = try optional(key) else { return nil }
    let numbers =
      field.value.array == nil
      ? Array(repeating: try field.number(), count: 3)
      : try field.elements().map { try $0.number() }
    guard numbers.count == 3, key != "std" || numbers.allSatisfy({ $0 != 0 }) else {
      throw field.wrongType("three numbers")
    }
    return numbers
  }

  /// Refuses keys that are not known, as they may change what is computed, unless they are off.
  ///
  /// - Throws: `FieldError`.
  func requireKnown(_ known: [String]) throws {
    for member in try field.members() where !known.contains(member.key) {
      switch member.value {
      case .null, .bool(false), .string(""), .object([]): continue
      default: throw field.place.key(member.key).unsupported("this value")
      }
    }
  }
}
