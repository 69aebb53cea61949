/// Element types that checkpoints store, under the names of the safetensors format.
package enum DType: String, CaseIterable, Sendable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case u16 = "U16"
  case i16 = "I16"
  case f16 = "F16"
  case bf16 = "BF16"
  case u32 = "U32"
  case i32 = "I32"
  case f32 = "F32"
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"

  package var isFloatingPoint: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64: true
    case .bool, .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64: false
    }
  }

  /// Bytes per element.
  package var byteCount: Int {
    switch self {
    case .bool, .u8, .i8: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }
}
