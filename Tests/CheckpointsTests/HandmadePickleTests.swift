import TesseraCheckpoints
import TesseraTensors
import Testing

/// Pickles that no `torch.save` writes, each inside a sound archive.
@Suite struct HandmadePickleTests {
  private func open(_ pickle: [UInt8], floats: Int = 8) throws -> PyTorchFile {
    let folder = try TemporaryFolder()
    return try PyTorchFile(
      path: folder.file("made.pth", Zipper(pickle: pickle, floats: floats).bytes))
  }

  private func refusal(_ pickle: [UInt8]) -> String { message { _ = try open(pickle) } ?? "none" }

  /// A dictionary with one tensor, `w`.
  private func tensor(shape: [Int], strides: [Int], offset: Int = 0, count: Int = 8) -> [UInt8] {
    Pickler.dictionary {
      $0.text("w")
      $0.tensor(shape: shape, strides: strides, offset: offset, count: count)
    }
  }

  // MARK: Sound

  @Test func `names join over dictionaries and lists`() throws {
    let file = try open(
      Pickler.dictionary {
        $0.text("encoder")
        $0.raw("}(")
        $0.text("w")
        $0.tensor()
        $0.int(7)
        $0.raw("](")
        $0.tensor(shape: [2, 2], strides: [1, 2])
        $0.raw("Ne")
        $0.raw("u")
      })
    #expect(file.names == ["encoder.w", "encoder.7.0"])
  }

  @Test func `a wrapper that stands beside tensors is a name like any other`() throws {
    let file = try open(
      Pickler.dictionary {
        $0.text("model")
        $0.raw("}(")
        $0.text("w")
        $0.tensor()
        $0.raw("u")
        $0.text("b")
        $0.tensor()
      })
    #expect(file.names == ["model.w", "b"])
  }

  @Test func `Python 2 ordered dictionaries and NEWOBJ are read`() throws {
    var pickler = Pickler()
    pickler.global("collections", "OrderedDict")
    pickler.raw("](](")
    pickler.text("w")
    pickler.tensor()
    pickler.raw("ee")
    pickler.raw(0x85, 0x81)
    pickler.raw(".")
    #expect(try open(pickler.bytes).names == ["w"])
  }

  @Test func `an untyped storage takes the tensor's dtype`() throws {
    let file = try open(
      Pickler.dictionary {
        $0.text("w")
        $0.global("torch._utils", "_rebuild_tensor_v3")
        $0.raw("(")
        $0.storage(count: 32, module: "torch.storage", name: "UntypedStorage")
        $0.int(1)
        $0.tuple([3])
        $0.tuple([1])
        $0.raw(0x89)
        $0.raw("N")
        $0.global("torch", "uint64")
        $0.raw("tR")
      })
    #expect(file["w"]?.dtype == .u64)
    #expect(file["w"]?.shape == [3])
  }

  @Test func `a dimension of one may have any stride`() throws {
    let file = try open(tensor(shape: [4, 1], strides: [2, .max]))
    #expect(file["w"]?.byteCount == 16)
  }

  @Test func `small repetitions are written out`() throws {
    let file = try open(tensor(shape: [1000, 8], strides: [0, 1]))
    #expect(file["w"]?.elementCount == 8000)
  }

  @Test func `a tensor without elements may have any place`() throws {
    #expect(try open(tensor(shape: [0, 5], strides: [9, 9], offset: 99))["w"]?.byteCount == 0)
  }

  // MARK: Damaged tensors

  @Test(arguments: [
    ([1 << 40, 1 << 40], [0, 0], 0, 8, "a size that fits 63 bits"),
    ([1 << 30, 8], [0, 1], 0, 8, "repeats the 8 elements"),
    ([2, 8], [.max, 1], 0, 8, "strides that fit 63 bits"),
    ([8], [1], 1, 8, "reaches element 8 of a storage of 8"),
    ([8], [1], -1, 8, "non-negative"),
    ([-8], [1], 0, 8, "non-negative"),
    ([8], [-1], 0, 8, "non-negative"),
    ([8], [1, 1], 0, 8, "as many strides as dimensions"),
    ([8], [1], .max, 8, "strides that fit"),
    ([Int](repeating: 1, count: 65), [Int](repeating: 1, count: 65), 0, 8, "at most 64"),
    ([8], [1], 0, 9, "expected 36 bytes in its storage '0', found 32"),
    ([8], [1], 0, .max, "bytes in its storage '0', found 32"),
    ([8], [1], 0, -1, "a storage's element count"),
  ])
  func `a tensor outside its storage is refused`(
    _ shape: [Int], _ strides: [Int], _ offset: Int, _ count: Int, _ reason: String
  ) {
    let message = refusal(tensor(shape: shape, strides: strides, offset: offset, count: count))
    #expect(message.contains(reason), "\(message)")
  }

  @Test(arguments: [
    ("torch._utils", "_rebuild_sparse_tensor", "sparse tensors"),
    ("torch._utils", "_rebuild_qtensor", "quantised tensors"),
    ("torch", "QInt8Storage", "quantised tensors"),
    ("torch", "ComplexFloatStorage", "complex tensors"),
    ("torch", "Tensor", "torch.Tensor"),
    ("torch._utils", "_rebuild_tensor_v2.__globals__", "__globals__"),
    ("numpy.core.multiarray", "_reconstruct", "numpy.core.multiarray._reconstruct"),
    ("collections", "Counter", "collections.Counter"),
  ])
  func `other globals are refused by name`(_ module: String, _ name: String, _ reason: String) {
    let message = refusal(
      Pickler.dictionary {
        $0.text("w")
        $0.global(module, name)
        $0.raw(")R")
      })
    #expect(message.contains(reason), "\(message)")
  }

  @Test(arguments: [
    ("iposix\nsystem\n", "INST"), ("o", "OBJ"), ("P1\n", "PERSID"), ("2", "DUP"), ("0", "POP"),
    ("\u{1}", "unknown opcode 0x1"), ("e", "no mark"), ("h\u{9}", "remembered under 9"),
    ("a", "stack underflow at APPEND"), ("s", "stack underflow at SETITEM"),
    ("(u", "stack underflow at SETITEMS"),
    ("r", "a number runs past the end"), ("c", "a global's name runs past the end"),
    ("b", "stack underflow"), ("NNb", "a dictionary of attributes"), ("NNR", "a global to call"),
    ("NQ", "a storage's persistent id"), ("N.", "found None"), ("(N", "ends without STOP"),
  ])
  func `broken programs are refused`(_ program: String, _ reason: String) {
    let message = refusal([0x80, 2] + Array(program.utf8))
    #expect(message != "none")
    #expect(message.contains(reason), "\(message)")
  }

  @Test func `conjugated tensors are refused`() {
    let message = refusal(
      Pickler.dictionary {
        $0.text("w")
        $0.global("torch._utils", "_rebuild_tensor_v2")
        $0.raw("(")
        $0.storage()
        $0.int(0)
        $0.tuple([8])
        $0.tuple([1])
        $0.raw(0x89)
        $0.raw("N}(")
        $0.text("conj")
        $0.raw(0x88)
        $0.raw("utR")
      })
    #expect(message.contains("conjugation"))
  }

  @Test func `equal names are refused`() {
    let message = refusal(
      Pickler.dictionary {
        $0.text("a.w")
        $0.tensor()
        $0.text("a")
        $0.raw("}(")
        $0.text("w")
        $0.tensor()
        $0.raw("u")
      })
    #expect(message.contains("the name 'a.w' stands twice"))
  }

  // MARK: Bombs

  @Test func `a dictionary within itself is refused`() {
    var pickler = Pickler()
    pickler.raw("}q\u{0}(")
    pickler.text("self")
    pickler.raw("h\u{0}u.")
    #expect(refusal(pickler.bytes).contains("contains itself"))
  }

  @Test func `dictionaries that double at each level are refused`() {
    let pickle = Pickler.dictionary {
      $0.text("root")
      Self.double(60, &$0)
    }
    #expect(refusal(pickle).contains("expected at most 250000 values"))
  }

  /// A dictionary that holds the one of the level below twice.
  private static func double(_ level: Int, _ pickler: inout Pickler) {
    pickler.raw("}(")
    pickler.text("a")
    if level == 0 { pickler.raw("N") } else { double(level - 1, &pickler) }
    pickler.raw(0x71, UInt8(level))
    pickler.text("b")
    pickler.raw(0x68, UInt8(level))
    pickler.raw("u")
  }

  @Test func `deep dictionaries are refused and leave the stack alone`() {
    let depth = 100_000
    var pickler = Pickler()
    for _ in 0..<depth { pickler.raw("}K\u{1}") }
    pickler.raw("N")
    for _ in 0..<depth { pickler.raw("s") }
    pickler.raw(".")
    #expect(refusal(pickler.bytes).contains("nested more than 64 deep"))
  }

  @Test func `appending below a tall stack stays linear`() {
    var pickler = Pickler()
    for _ in 0..<300_000 { pickler.raw("N") }
    pickler.raw("]")
    for _ in 0..<300_000 { pickler.raw("Na") }
    pickler.raw(".")
    #expect(refusal(pickler.bytes).contains("300000 values are left"))
  }

  @Test func `a shape of a million dimensions is not multiplied`() {
    let pickle = Pickler.dictionary {
      $0.text("w")
      $0.global("torch._utils", "_rebuild_tensor_v2")
      $0.raw("q\u{0}(")
      $0.storage()
      $0.int(0)
      $0.raw("(")
      for _ in 0..<500_000 { $0.raw("K\u{1}") }
      $0.raw("tq\u{1}h\u{1}")
      $0.raw(0x89)
      $0.raw("Ntq\u{2}R")
      for index in 0..<100_000 {
        $0.int(index)
        $0.raw("h\u{0}h\u{2}R")
      }
    }
    #expect(refusal(pickle).contains("at most 64"))
  }

  @Test func `endless programs are refused`() {
    let nones = [UInt8](repeating: UInt8(ascii: "N"), count: 3_000_000)
    #expect(refusal([0x80, 2] + nones).contains("more than 2000000 operations"))
    #expect(refusal([0x80, 2] + Array("Nr\u{7F}\u{7F}\u{7F}\u{7F}".utf8)).contains("too large"))
  }
}
