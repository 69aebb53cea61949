import Synchronization
import TesseraLayers
import TesseraTensors
import Testing

/// The loop that every stack of layers runs by.
@Suite struct EncoderLayerTests {
  /// Each token gets its sequence's sum, then doubles.
  private struct Doubling: EncoderLayer {
    let path: String
    let isResident = true

    func meet(
      _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
    ) -> Tensor {
      let sums = sequences.ranges.flatMap { tokens -> [Float] in
        let sum = x.rows(tokens).elements.reduce(0, +)
        return Array(repeating: sum, count: rows == nil ? tokens.count : 1)
      }
      return Tensor(sums, shape: [sums.count, 1])
    }

    func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
      let sum = x + context
      return trace.pass(path, sum + sum)
    }
  }

  private let layers = ["first", "last"].map(Doubling.init)
  private let sequences = PackedSequences(lengths: [2, 1])
  private let x = Tensor([1, 2, 5], shape: [3, 1])

  @Test func `layers run one after the other, on all tokens or on those kept`() throws {
    // [1, 2] → [8, 10] → [52, 56]; [5] → [20] → [80]
    let all = try layers.run(x, in: sequences, keeping: nil, trace: nil)
    #expect(all.elements == [52, 56, 80])
    let kept = try layers.run(x, in: sequences, keeping: [1, 2], trace: nil)
    #expect(kept.elements == [56, 80])
    let none = try [Doubling]().run(x, in: sequences, keeping: [1, 2], trace: nil)
    #expect(none.elements == [2, 5])
  }

  @Test func `what comes after sees the kept tokens, and under a trace all`() throws {
    for trace in [nil, Trace()] {
      let heights = Mutex<[Int]>([])
      let out = try layers.run(x, in: sequences, keeping: [1, 2], trace: trace) { last in
        heights.withLock { $0.append(last.rowCount) }
        return last + last
      }
      #expect(out.elements == [112, 160])
      #expect(heights.withLock { $0 } == [trace == nil ? 2 : 3])
      #expect(
        trace?.stages.map(\.tensor.elements) ?? []
          == (trace == nil ? [] : [[8, 10, 20], [52, 56, 80]]))
    }
  }
}

@Suite struct TracedLinearTests {
  private let linear = Linear(
    path: "dense", weight: StoredMatrix(Tensor([2, 0, 0, 3], shape: [2, 2]).stored),
    bias: Tensor([1, -1], shape: [2]))

  @Test func `a trace sees and replaces what is added to the residual, under each name`() {
    let x = Tensor([1, 2], shape: [1, 2])
    let residual = Tensor([10, 20], shape: [1, 2])
    let plain = linear(x, adding: residual, trace: nil, as: ["dense", "outer"])
    #expect(plain.elements == [13, 25])

    let trace = Trace(
      replacing: .init(concerning: { $0 == "dense" }) { stage in stage.tensor + stage.tensor })
    let traced = linear(x, adding: residual, trace: trace, as: ["dense", "outer"])
    #expect(traced.elements == [16, 30])
    #expect(trace.stages.map(\.name) == ["dense", "outer"])
    #expect(trace.stages.map(\.tensor.elements) == [[6, 10], [6, 10]])
    #expect(linear(x, trace: Trace(), as: ["dense"]).elements == [3, 5])
  }
}
