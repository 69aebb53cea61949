import ArgumentParser
import TesseraServing

/// How much may be asked.
struct ServeLimits: CheckedArguments {
  @Option(parsing: .unconditional, help: "Items of one request at most.") var maxItems = 2048
  @Option(parsing: .unconditional, help: "MiB of one request's body at most.") var maxBody = 32
  @Option(parsing: .unconditional, help: "Bytes of one text at most.") var maxTextBytes = 4 << 20
  @Option(
    parsing: .unconditional, help: "Tokens that wait at most before requests are refused with 429.")
  var maxQueuedTokens = 262_144
  @Option(
    parsing: .unconditional,
    help: "Seconds that a request may have to wait before it is refused with 429.")
  var maxWait = 30

  func check() throws {
    for (name, value) in [
      ("--max-items", maxItems), ("--max-body", maxBody), ("--max-text-bytes", maxTextBytes),
      ("--max-queued-tokens", maxQueuedTokens), ("--max-wait", maxWait),
    ] where !(1...1 << 40).contains(value) {
      throw ValidationError("\(name) is \(value); expected a positive number.")
    }
  }

  var settings: ServiceSettings {
    var settings = ServiceSettings()
    settings.items = maxItems
    settings.bodyBytes = maxBody << 20
    settings.textBytes = maxTextBytes
    return settings
  }

  func queue(_ batchTokens: Int) -> Batcher.Limits {
    var limits = Batcher.Limits()
    limits.batchTokens = batchTokens
    limits.queuedTokens = maxQueuedTokens
    limits.wait = Double(maxWait)
    return limits
  }
}
