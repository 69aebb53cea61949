import CTesseraImageCodecs
import Foundation

extension Pixels {
  /// The pixels as a PNG file of 8 bits a channel.
  ///
  /// - Throws: `PNGEncodingError` with the encoder's reason.
  package func png() throws -> Data {
    guard let context = spng_ctx_new(CInt(SPNG_CTX_ENCODER.rawValue)) else {
      throw PNGEncodingError(reason: "no memory for the encoder")
    }
    defer { spng_ctx_free(context) }
    func check(_ status: CInt) throws {
      guard status == CInt(SPNG_OK.rawValue) else {
        throw PNGEncodingError(reason: String(cString: spng_strerror(status)))
      }
    }
    try check(spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1))
    var header = spng_ihdr()
    header.width = UInt32(clamping: width)
    header.height = UInt32(clamping: height)
    header.bit_depth = 8
    header.color_type = UInt8(SPNG_COLOR_TYPE_TRUECOLOR.rawValue)
    try check(spng_set_ihdr(context, &header))
    try rgb.withUnsafeBytes { bytes in
      try check(
        spng_encode_image(
          context, bytes.baseAddress, bytes.count, CInt(SPNG_FMT_PNG.rawValue),
          CInt(SPNG_ENCODE_FINALIZE.rawValue)))
    }
    var count = 0
    var status: CInt = 0
    guard let buffer = spng_get_png_buffer(context, &count, &status) else {
      throw PNGEncodingError(reason: String(cString: spng_strerror(status)))
    }
    defer { free(buffer) }
    return Data(bytes: buffer, count: count)
  }
}

/// Why pixels do not become a PNG file.
struct PNGEncodingError: Error, Equatable, CustomStringConvertible {
  let reason: String

  var description: String { "cannot write a PNG file: \(reason)" }
}
