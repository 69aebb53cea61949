import TesseraCheckpoints

/// Sizes that no configuration of a folder says, and that its tensors have.
extension ModelFiles {
  /// The shape of a tensor.
  ///
  /// - Throws: why the checkpoint cannot be opened; `WeightsError` where there is no such tensor of
  ///   `rank` dimensions.
  func shape(of name: String, rank: Int) throws -> [Int] {
    let checkpoint = try checkpoint.get()
    guard let shape = checkpoint.info(name)?.shape, shape.count == rank,
      shape.allSatisfy({ $0 > 0 })
    else { throw WeightsError.missing(file: checkpoint.path, name: name) }
    return shape
  }
}
