import Foundation
import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let height: Int
    let width: Int
    let channels: Int
    let kernel: ConvolutionShape

    var testDescription: String { "\(height)×\(width)×\(channels), \(kernel)" }
  }

  static let cases = [
    Case(height: 7, width: 5, channels: 3, kernel: .init(side: 3, stride: 1, before: 1, after: 1)),
    Case(height: 8, width: 6, channels: 21, kernel: .init(side: 3, stride: 2, before: 0, after: 1)),
    Case(height: 9, width: 9, channels: 40, kernel: .init(side: 5, stride: 2, before: 1, after: 2)),
    Case(height: 2, width: 1, channels: 16, kernel: .init(side: 5, stride: 1, before: 2, after: 2)),
  ]

  private static func numbers(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { Float($0 * 7919 % 997) / 500 - 1 }, shape: shape)
  }

  @Test(arguments: cases)
  func `each channel has a kernel of its own`(_ test: Case) {
    let (kernel, channels) = (test.kernel, test.channels)
    let x = Self.numbers([test.height * test.width, channels])
    let weights = Self.numbers([kernel.side * kernel.side, channels])
    let bias = Self.numbers([channels])
    let own = x.depthwiseConvolution(
      height: test.height, kernel, weights: weights, bias: bias)
    let (rows, columns) = (kernel.count(of: test.height), kernel.count(of: test.width))
    #expect(own.shape == [rows * columns, channels])
    var naive: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<channels {
          var sum = Double(bias.elements[channel])
          for y in 0..<kernel.side {
            for i in 0..<kernel.side {
              let (top, left) = (
                row * kernel.stride - kernel.before + y, column * kernel.stride - kernel.before + i
              )
              guard (0..<test.height).contains(top), (0..<test.width).contains(left) else {
                continue
              }
              sum +=
                Double(x.elements[(top * test.width + left) * channels + channel])
                * Double(weights.elements[(y * kernel.side + i) * channels + channel])
            }
          }
          naive.append(Float(sum))
        }
      }
    }
    #expect(disagreement(own.elements, naive, .activation) == nil)
  }

  @Test(arguments: cases)
  func `what a kernel covers stands in rows`(_ test: Case) {
    let kernel = test.kernel
    let x = Self.numbers([test.channels, test.height, test.width])
    let own = x.convolutionRows(kernel)
    let (rows, columns) = (kernel.count(of: test.height), kernel.count(of: test.width))
    var naive: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<test.channels {
          for y in 0..<kernel.side {
            for i in 0..<kernel.side {
              let (top, left) = (
                row * kernel.stride - kernel.before + y, column * kernel.stride - kernel.before + i
              )
              let isInside =
                (0..<test.height).contains(top) && (0..<test.width).contains(left)
              naive.append(
                isInside
                  ? x.elements[(channel * test.height + top) * test.width + left] : 0)
            }
          }
        }
      }
    }
    #expect(own.elements == naive)
  }

  @Test func `means, transposition and the logistic function`() {
    let x = Self.numbers([600, 5])
    let naive = (0..<5).map { column in
      Float((0..<600).reduce(0.0) { $0 + Double(x.elements[$1 * 5 + column]) } / 600)
    }
    #expect(disagreement(x.preciseMeanOfRows().elements, naive, .activation) == nil)
    #expect(x.transposedRows().transposedRows().elements == x.elements)
    #expect(x.transposedRows().elements[600] == x.elements[1])
    let logistic = Tensor([0, 1, -100], shape: [3]).logistic().elements
    #expect(disagreement(logistic, [0.5, 0.731_058_6, 0], .activation) == nil)
  }
}
