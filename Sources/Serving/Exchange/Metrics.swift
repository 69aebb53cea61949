import Synchronization

/// Counters and histograms in Prometheus' text form.
///
/// Names are those of text-embeddings-inference where they mean the same, so that its dashboards
/// work.
package final class Metrics: Sendable {
  private struct Series: Hashable {
    let name: String
    let labels: String
  }

  private struct Histogram {
    var counts: [Int]
    var sum = 0.0
    var count = 0
  }

  private struct State {
    var counters: [Series: Int] = [:]
    var histograms: [String: Histogram] = [:]
  }

  private let state = Mutex(State())
  /// Upper bounds for seconds: 10 µs · 1.5ⁿ, as TEI's; sizes go by powers of two.
  private static let secondBounds = (0..<40).map { 1e-5 * Double.pow(1.5, $0) }
  private static let sizeBounds = (0..<20).map { Double(1 << $0) }

  package init() {}

  package func count(_ name: String, _ labels: KeyValuePairs<String, String> = [:]) {
    let labels = labels.map { "\($0)=\"\($1.labelValue)\"" }.joined(separator: ",")
    state.withLock { $0.counters[Series(name: name, labels: labels), default: 0] += 1 }
  }

  package func observe(_ name: String, _ value: Double) {
    let bounds = Self.bounds(of: name)
    let place = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      var histogram =
        state.histograms[name] ?? Histogram(counts: [Int](repeating: 0, count: bounds.count + 1))
      histogram.counts[place] += 1
      histogram.sum += value
      histogram.count += 1
      state.histograms[name] = histogram
    }
  }

  private static func bounds(of name: String) -> [Double] {
    name.hasSuffix("_duration") ? secondBounds : sizeBounds
  }

  /// The exposition, text format 0.0.4.
  ///
  /// - Parameter gauges: values as they are now.
  package func exposition(gauges: KeyValuePairs<String, Int> = [:]) -> String {
    let state = state.withLock { $0 }
    var text = ""
    for (name, value) in gauges { text += "# TYPE \(name) gauge\n\(name) \(value)\n" }
    let names = Set(state.counters.keys.map(\.name)).sorted()
    for name in names {
      text += "# TYPE \(name) counter\n"
      let series = state.counters.filter { $0.key.name == name }
      for (key, count) in series.sorted(by: { $0.key.labels < $1.key.labels }) {
        text += key.labels.isEmpty ? "\(name) \(count)\n" : "\(name){\(key.labels)} \(count)\n"
      }
    }
    for (name, histogram) in state.histograms.sorted(by: { $0.key < $1.key }) {
      text += "# TYPE \(name) histogram\n"
      var total = 0
      for (bound, count) in zip(Self.bounds(of: name), histogram.counts) {
        total += count
        text += "\(name)_bucket{le=\"\(bound)\"} \(total)\n"
      }
      text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
      text += "\(name)_sum \(histogram.sum)\n\(name)_count \(histogram.count)\n"
    }
    return text
  }
}

extension String {
  fileprivate var labelValue: String {
    var escaped = ""
    for character in self {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}

extension Double {
  fileprivate static func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
