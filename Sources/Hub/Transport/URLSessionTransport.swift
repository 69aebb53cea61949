import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Foundation's client, which knows the proxies of the environment and the system's certificates.
///
/// Left to itself it takes the Authorization header along to another host, on Linux, so it never
/// follows a redirect here. It cannot be asked to wait either (`suspend` ends the process there):
/// callers bound what is under way by asking for pieces of a file.
package final class URLSessionTransport: Transport {
  private let session: URLSession
  private let delegate = SessionDelegate()

  /// - Parameter patience: seconds without a byte after which an answer counts as broken off.
  package init(patience: Double) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = patience
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
  }

  deinit { session.invalidateAndCancel() }

  package func get(_ request: HTTPRequest) throws -> any HTTPAnswer {
    var message = URLRequest(url: request.url)
    message.timeoutInterval = session.configuration.timeoutIntervalForRequest
    // Sizes and hashes are those of the bytes as they are stored.
    message.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    message.setValue("tessera/0.1.0", forHTTPHeaderField: "User-Agent")
    for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
    let task = session.dataTask(with: message)
    let exchange = Exchange()
    delegate.add(exchange, for: task)
    task.resume()
    return try URLSessionAnswer(task: task, exchange: exchange)
  }
}

/// What happens to one request, in order; one thread adds and another takes.
private final class Exchange: Sendable {
  enum Event {
    case head(HTTPHead)
    case bytes(Data)
    case end(TransportError?)
  }

  private let events = Mutex<[Event]>([])
  /// The head of a redirect, until the session has done with it: a task that is cancelled before
  /// ends the process on Linux.
  private let redirect = Mutex<HTTPHead?>(nil)
  private let arrivals = DispatchSemaphore(value: 0)

  /// Takes in a part of the body; that of a redirect is for nobody.
  func add(_ bytes: Data) {
    if redirect.withLock({ $0 == nil }) { add(.bytes(bytes)) }
  }

  func add(_ event: Event) {
    events.withLock { $0.append(event) }
    arrivals.signal()
  }

  func hold(_ head: HTTPHead) { redirect.withLock { $0 = head } }

  func finish(_ error: TransportError?) {
    if let head = redirect.withLock({ $0 }) {
      add(.head(head))
      add(.end(nil))
    } else {
      add(.end(error))
    }
  }

  func take() -> Event {
    arrivals.wait()
    return events.withLock { $0.removeFirst() }
  }
}

private final class URLSessionAnswer: HTTPAnswer {
  let head: HTTPHead
  private let task: URLSessionDataTask
  private let exchange: Exchange
  private var isAtEnd = false

  init(task: URLSessionDataTask, exchange: Exchange) throws {
    self.task = task
    self.exchange = exchange
    switch exchange.take() {
    case .head(let head): self.head = head
    case .bytes: throw TransportError.brokenOff(reason: "a body without a head")
    case .end(let error): throw error ?? .brokenOff(reason: "no answer")
    }
  }

  deinit {
    if !isAtEnd, !head.isRedirect { task.cancel() }
  }

  func next() throws -> Data? {
    guard !isAtEnd else { return nil }
    switch exchange.take() {
    case .bytes(let bytes): return bytes
    case .head: preconditionFailure("an answer has one head")
    case .end(let error):
      isAtEnd = true
      if let error { throw error }
      return nil
    }
  }
}

private final class SessionDelegate: NSObject, URLSessionDataDelegate {
  private let exchanges = Mutex<[Int: Exchange]>([:])

  func add(_ exchange: Exchange, for task: URLSessionTask) {
    exchanges.withLock { $0[task.taskIdentifier] = exchange }
  }

  private func exchange(of task: URLSessionTask) -> Exchange? {
    exchanges.withLock { $0[task.taskIdentifier] }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    exchange(of: task)?.hold(HTTPHead(response))
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse {
      let head = HTTPHead(response)
      let exchange = exchange(of: dataTask)
      if head.isRedirect { exchange?.hold(head) } else { exchange?.add(.head(head)) }
    }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    exchange(of: dataTask)?.add(data)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    let exchange = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
    exchange?.finish(error.map(TransportError.init))
  }
}

extension HTTPHead {
  fileprivate init(_ response: HTTPURLResponse) {
    var fields: [String: String] = [:]
    for (name, value) in response.allHeaderFields { fields["\(name)"] = "\(value)" }
    self.init(status: response.statusCode, fields: fields)
  }
}

extension TransportError {
  fileprivate init(_ error: any Error) {
    let reason = error.localizedDescription
    switch (error as? URLError)?.code {
    case .cannotFindHost, .cannotConnectToHost, .dnsLookupFailed, .notConnectedToInternet:
      self = .unreachable(reason: reason)
    case .timedOut: self = .silent
    case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
      .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
      self = .notTrusted(reason: reason)
    // On Linux other troubles with certificates are told by text alone.
    case _ where reason.contains("SSL") || reason.contains("certificate"):
      self = .notTrusted(reason: reason)
    default: self = .brokenOff(reason: reason)
    }
  }
}
