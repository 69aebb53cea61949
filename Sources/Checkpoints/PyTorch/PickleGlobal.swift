import TesseraTensors

/// What a pickle may refer to by name.
///
/// Nothing else is looked up, and nothing at all
/// is executed: the reader itself knows what each of these would build.
enum PickleGlobal: Equatable {
  case orderedDict
  case size
  case rebuildTensorV2
  case rebuildTensorV3
  case rebuildParameter
  /// A storage of typed elements.
  case storage(DType)
  /// A storage of bytes; its tensors bring their own dtype.
  case untypedStorage
  case dtype(DType)
  /// A class of which only the fields matter.
  case record(Record)

  /// Classes of qdrant-client.
  enum Record: Equatable {
    case point
    case sparseVector
  }

  /// - Throws: `PickleError.Reason` naming a global that is not allowed.
  static func named(
    _ module: String, _ name: String, in dialect: PickleDialect
  ) throws -> PickleGlobal {
    // Python 2 called the module so, and protocol 2 still writes the old name.
    let fullName = (module == "__builtin__" ? "builtins" : module) + "." + name
    if dialect == .records {
      guard let record = records[fullName] else {
        throw PickleError.Reason.forbiddenGlobal(fullName)
      }
      return .record(record)
    }
    if let global = allowed[fullName] { return global }
    if module.hasPrefix("torch") {
      let lowercased = name.lowercased()
      if lowercased.contains("sparse") {
        throw PickleError.Reason.unsupportedTensor("sparse tensors (\(fullName))")
      }
      if name.contains("qtensor") || name.hasPrefix("QInt") || name.hasPrefix("QUInt") {
        throw PickleError.Reason.unsupportedTensor("quantised tensors (\(fullName))")
      }
      if lowercased.contains("complex") {
        throw PickleError.Reason.unsupportedTensor("complex tensors (\(fullName))")
      }
    }
    throw PickleError.Reason.forbiddenGlobal(fullName)
  }

  private static let records: [String: Record] = [
    "qdrant_client.http.models.models.PointStruct": .point,
    "qdrant_client.http.models.models.SparseVector": .sparseVector,
  ]

  private static let allowed: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDict,
    "torch.Size": .size,
    "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
    "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch.FloatStorage": .storage(.f32),
    "torch.HalfStorage": .storage(.f16),
    "torch.BFloat16Storage": .storage(.bf16),
    "torch.DoubleStorage": .storage(.f64),
    "torch.LongStorage": .storage(.i64),
    "torch.IntStorage": .storage(.i32),
    "torch.ShortStorage": .storage(.i16),
    "torch.CharStorage": .storage(.i8),
    "torch.ByteStorage": .storage(.u8),
    "torch.BoolStorage": .storage(.bool),
    "torch.storage.UntypedStorage": .untypedStorage,
    "torch.float32": .dtype(.f32),
    "torch.float": .dtype(.f32),
    "torch.float16": .dtype(.f16),
    "torch.half": .dtype(.f16),
    "torch.bfloat16": .dtype(.bf16),
    "torch.float64": .dtype(.f64),
    "torch.double": .dtype(.f64),
    "torch.int64": .dtype(.i64),
    "torch.long": .dtype(.i64),
    "torch.int32": .dtype(.i32),
    "torch.int": .dtype(.i32),
    "torch.int16": .dtype(.i16),
    "torch.short": .dtype(.i16),
    "torch.int8": .dtype(.i8),
    "torch.uint8": .dtype(.u8),
    "torch.uint16": .dtype(.u16),
    "torch.uint32": .dtype(.u32),
    "torch.uint64": .dtype(.u64),
    "torch.bool": .dtype(.bool),
  ]
}

/// Whose pickles are read: each has its own instructions and names.
enum PickleDialect {
  /// What `torch.save` writes.
  case checkpoint
  /// What qdrant-client keeps of a point.
  case records

  /// Instructions of the other dialect are refused by name.
  func allows(_ opcode: PickleOpcode) -> Bool {
    switch (self, opcode) {
    case (.checkpoint, .additems), (.checkpoint, .binunicode8): false
    case (.records, .reduce), (.records, .binpersid): false
    default: true
    }
  }

  /// Enough for 50,000 tensors, a hundred times those of a large encoder; and for a point with a
  /// thousand numbers for each of 32,000 tokens.
  var maximumOperations: Int { self == .checkpoint ? 2_000_000 : 32_000_000 }
}
