import Dispatch
import Synchronization
import TesseraEmbedders
import TesseraServing
import Testing

@Suite struct BatcherTests {
  @Test func answersHaveTheSameBitsInAnyCompany() async throws {
    let served = try await Served()
    let texts = (1...60).map { number in
      (0..<number % 12 + 1).map { "whale \($0 * number)" }.joined(separator: " ")
    }
    let alone = try texts.map { try served.vector(.text($0)) }
    let together = try await withThrowingTaskGroup(of: (Int, [Float]?).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask {
          let answer = try await served.ask(
            "/v1/embeddings", "{\"input\":\"\(text)\",\"encoding_format\":\"base64\"}",
            client: "\(index % 7)")
          return (index, answer.json["data"]?[0]?["embedding"]?.base64Floats)
        }
      }
      return try await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
    }
    for (index, vector) in alone.enumerated() {
      #expect(together[index]?.map(\.bitPattern) == vector.map(\.bitPattern), "text \(index)")
    }
  }

  @Test func whatWaitsTooLongIsRefusedAtOnce() async throws {
    var limits = Batcher.Limits()
    limits.queuedTokens = 10
    let batcher = Batcher(limits: limits)
    let gate = DispatchSemaphore(value: 0)
    let started = DispatchSemaphore(value: 0)
    let lane = Lane<Int, Int> { pieces in
      started.signal()
      gate.wait()
      return pieces
    }
    // The first is computed, the second waits, and the third finds the queue full.
    async let first = batcher.run([1], tokens: [8], on: lane, for: "a")
    await untilSignalled(started)
    async let second = batcher.run([2], tokens: [8], on: lane, for: "b")
    while batcher.waiting.tokens == 0 { await Task.yield() }
    do {
      _ = try await batcher.run([3], tokens: [8], on: lane, for: "c")
      Issue.record("let in")
    } catch let problem as Problem {
      #expect(problem.kind == .overloaded)
      #expect(problem.retryAfter ?? 0 >= 1)
    }
    gate.signal()
    gate.signal()
    #expect(try await first == [1])
    #expect(try await second == [2])
  }

  @Test func whoLeavesIsNotComputed() async throws {
    let batcher = Batcher()
    let gate = DispatchSemaphore(value: 0)
    let started = DispatchSemaphore(value: 0)
    let computed = Computed()
    let lane = Lane<Int, Int> { pieces in
      computed.pieces.withLock { $0 += pieces }
      started.signal()
      gate.wait()
      return pieces
    }
    async let first = batcher.run([1], tokens: [1], on: lane, for: "a")
    await untilSignalled(started)
    let leaving = Task { try await batcher.run([2], tokens: [1], on: lane, for: "b") }
    while batcher.waiting.tokens == 0 { await Task.yield() }
    leaving.cancel()
    await #expect(throws: CancellationError.self) { try await leaving.value }
    #expect(batcher.waiting.tokens == 0)
    gate.signal()
    #expect(try await first == [1])
    #expect(computed.pieces.withLock { $0 } == [1])
  }

  private final class Computed: Sendable {
    let pieces = Mutex<[Int]>([])
  }

  private func untilSignalled(_ semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        semaphore.wait()
        continuation.resume()
      }
    }
  }
}
