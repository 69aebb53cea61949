import CTesseraImageCodecs
import Foundation

extension Pixels {
  /// The pixels as a JPEG file, with chroma at half the resolution.
  ///
  /// - Parameter quality: from 1 to 100.
  /// - Throws: `JPEGEncodingError` with the encoder's reason.
  package func jpeg(quality: Int) throws -> Data {
    guard let encoder = tjInitCompress() else {
      throw JPEGEncodingError(reason: "no memory for the encoder")
    }
    defer { tjDestroy(encoder) }
    var buffer: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    defer { tjFree(buffer) }
    let status = rgb.withUnsafeBufferPointer { bytes in
      tjCompress2(
        encoder, bytes.baseAddress, CInt(width), 0, CInt(height), CInt(TJPF_RGB.rawValue), &buffer,
        &count, CInt(TJSAMP_420.rawValue), CInt(quality), 0)
    }
    guard status == 0, let buffer else {
      throw JPEGEncodingError(reason: String(cString: tjGetErrorStr2(encoder)))
    }
    return Data(bytes: buffer, count: Int(count))
  }
}

struct JPEGEncodingError: Error, CustomStringConvertible {
  let reason: String
  var description: String { "cannot encode a JPEG: \(reason)" }
}
