/// Which input positions an output position is made of along one axis, and with which weights.
struct ResampleWeights<Arithmetic: ResampleArithmetic> {
  /// For each output: the first input, and where its weights stand among `values`.
  let firsts: [Int]
  let ranges: [Range<Int>]
  /// The weights of all outputs, one after another.
  let values: [Arithmetic.Weight]

  /// The inputs that any output needs.
  let inputs: Range<Int>

  /// - Parameters:
  ///   - filter: any but `nearest`.
  ///   - inputSize: the input's length along this axis.
  ///   - outputSize: the output's whole length.
  ///   - outputs: the positions that are wanted, at least one.
  init(filter: ResampleFilter, inputSize: Int, outputSize: Int, outputs: Range<Int>) {
    let scale = Double(inputSize) / Double(outputSize)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverseFilterScale = 1 / filterScale

    var firsts: [Int] = []
    var ranges: [Range<Int>] = []
    var values: [Arithmetic.Weight] = []
    var raw: [Double] = []
    for output in outputs {
      let centre = (Double(output) + 0.5) * scale
      let first = max(0, Int(centre - support + 0.5))
      let end = min(inputSize, Int(centre + support + 0.5))
      raw.removeAll(keepingCapacity: true)
      var sum = 0.0
      for input in first..<max(first, end) {
        let weight = filter.weight(at: (Double(input) - centre + 0.5) * inverseFilterScale)
        raw.append(weight)
        sum += weight
      }
      firsts.append(first)
      ranges.append(values.count..<values.count + raw.count)
      for weight in raw { values.append(Arithmetic.weight(sum != 0 ? weight / sum : weight)) }
    }
    self.firsts = firsts
    self.ranges = ranges
    self.values = values
    let end = zip(firsts, ranges).map { $0 + $1.count }.max() ?? 0
    inputs = (firsts.min() ?? 0)..<end
  }
}
