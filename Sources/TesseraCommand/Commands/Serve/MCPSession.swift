import Dispatch
import Foundation
import Synchronization
import TesseraServing

/// A program that speaks the Model Context Protocol, as our parent, on the standard streams.
struct MCPSession {
  private let server: MCPServer

  init(_ service: Service) { server = MCPServer(service) }

  /// Answers line by line, until the parent closes its side.
  ///
  /// - Throws: what is wrong with the output.
  func run() throws {
    let output = try OutputFile(path: nil)
    while let line = readLine(strippingNewline: true) {
      guard !line.isEmpty, let answer = answer(line) else { continue }
      try output.write(answer + "\n")
      try output.flush()
    }
    try output.finish()
  }

  private func answer(_ line: String) -> String? {
    let done = DispatchSemaphore(value: 0)
    let box = Box()
    Task {
      let answer = await server.reply(to: line)?.line
      box.answer.withLock { $0 = answer }
      done.signal()
    }
    done.wait()
    return box.answer.withLock { $0 }
  }

  private final class Box: Sendable {
    let answer = Mutex<String?>(nil)
  }
}
