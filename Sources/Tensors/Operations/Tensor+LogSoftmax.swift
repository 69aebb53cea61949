import TesseraKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Tensor {
  /// x − max(x) − log Σ exp(x − max(x)) of each row: [T, V] → [T, V].
  package func logSoftmax() -> Tensor {
    let (count, table) = (rowWidth, KernelTable.active)
    return Tensor(shape: shape) { out in
      withElements { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEach(rowCount) { row in
          let (x, out) = (x + row * count, out + row * count)
          out.update(from: x, count: count)
          let maximum = table.maximum(x, count)
          let logarithm = log(table.exponentiate(out, count, maximum, 1))
          for i in 0..<count { out[i] = x[i] - maximum - logarithm }
        }
      }
    }
  }
}
