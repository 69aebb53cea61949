/// Why a file does not become a picture.
///
/// `file` is the path, or whatever name the caller gave.
package enum ImageError: Error, Equatable, Sendable, CustomStringConvertible {
  case empty(file: String)
  /// A format that is known but not decoded here: `found` reads "a HEIC".
  case unsupportedFormat(file: String, found: String)
  case notAnImage(file: String)
  /// The file ends before the picture does.
  case truncated(file: String, format: ImageFormat, byteCount: Int)
  /// `reason` is the decoder's own.
  case corrupt(file: String, format: ImageFormat, reason: String)
  /// A valid picture of a kind that is not decoded here.
  case unsupported(file: String, format: ImageFormat, expected: String, found: String)
  /// A picture that a library decodes which the system does not have.
  case noLibrary(file: String, format: ImageFormat, library: String)
  case tooManyPixels(file: String, width: Int, height: Int, limit: Int)

  package var description: String {
    switch self {
    case .empty(let file):
      return "\(file): the file is empty"
    case .unsupportedFormat(let file, let found):
      return "\(file): \(found), which is not supported: \(Self.formats) are"
    case .notAnImage(let file):
      return "\(file): not an image: expected one of \(Self.formats)"
    case .truncated(let file, let format, let byteCount):
      return "\(file): truncated \(format.rawValue): it ends after \(byteCount) bytes,"
        + " before the picture is complete"
    case .corrupt(let file, let format, let reason):
      return "\(file): corrupt \(format.rawValue): \(reason)"
    case .unsupported(let file, let format, let expected, let found):
      return "\(file): unsupported \(format.rawValue): expected \(expected), found \(found)"
    case .noLibrary(let file, let format, let library):
      return "\(file): \(format.rawValue) is read by \(library), and the system has none that can"
        + " be loaded; Debian's packages for it are \(format.packages)"
    case .tooManyPixels(let file, let width, let height, let limit):
      return "\(file): \(width)×\(height) pixels are more than the limit of \(limit) pixels,"
        + " which guards against decompression bombs; to accept them, raise the limit: --max-pixels"
    }
  }

  private static let formats = ImageFormat.allCases.map(\.rawValue).joined(separator: ", ")
}

extension ImageFormat {
  /// What Debian has to read the format with; without them nothing else is lost.
  fileprivate var packages: String {
    switch self {
    case .avif: "libavif16, or libavif15 in release 12"
    case .heic: "libheif1 and, from release 13 on, libheif-plugin-libde265"
    case .jpegXL: "libjxl0.7 in release 12, libjxl0.11 in release 13"
    case .png, .jpeg, .webp, .gif, .bmp, .tiff: "those that the build needs"
    }
  }
}
