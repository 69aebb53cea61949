#if Server
  import HTTPTypes
  import HummingbirdCore
  import NIOCore
  import Synchronization
  import TesseraServing

  /// Reads a request, has it answered, and writes the answer.
  struct Responder: Sendable {
    let departures = Departures()
    private let service: TesseraServing.Service
    private let settings: HTTPSettings
    private let budget: ByteBudget
    private let log: RequestLog

    init(_ service: TesseraServing.Service, _ settings: HTTPSettings) {
      self.service = service
      self.settings = settings
      budget = ByteBudget(settings.bodyBytesInFlight)
      log = RequestLog(settings.log)
    }

    func respond(
      to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel
    ) async throws {
      let start = ContinuousClock().now
      let id = request.ownID
      var reserved = 0
      defer { budget.release(reserved) }
      if request.headers[.expect]?.lowercased() == "100-continue" {
        try await writer.writeInformationalHead(HTTPResponse(status: .continue))
      }
      let body: Result<[UInt8], Problem>
      do {
        body = .success(try await self.body(of: request, on: channel, &reserved))
      } catch let problem as Problem {
        body = .failure(problem)
      }
      var answer: Answer
      switch body {
      case .success(let bytes):
        guard let given = await self.answer(request.question(bytes, id, channel), on: channel)
        else {
          // Nobody is there to hear an answer.
          log.write(request, id, status: 499, bytes: (reserved, 0), since: start)
          channel.close(promise: nil)
          return
        }
        answer = given
      case .failure(let problem):
        answer = service.refusal(problem, to: request.question([], id, channel))
        // What is left of the body is read for a moment, so that the client hears the answer.
        answer.headers.append(("connection", "close"))
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
      }
      guard let pieces = answer.pieces else {
        log.write(
          request, id, status: answer.status, bytes: (reserved, answer.body.count), since: start)
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return try await writer.write(
          response: answer.head(), body: request.method == .head ? .init() : body)
      }
      let tally = Tally()
      defer {
        log.write(
          request, id, status: answer.status, bytes: (reserved, tally.count), since: start)
      }
      try await writer.write(
        response: answer.head(),
        body: ResponseBody { writer in
          for await piece in pieces {
            tally.add(piece.count)
            try await writer.write(ByteBuffer(bytes: piece))
          }
          try await writer.finish(nil)
        })
    }

    /// - Returns: nil where the client has gone.
    private func answer(_ question: Question, on channel: any Channel) async -> Answer? {
      let task = Task { try await service.answer(question) }
      departures.watch(channel) { task.cancel() }
      defer { departures.forget(channel) }
      return try? await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    }

    /// - Throws: `Problem` where it is too large, or too many wait.
    private func body(
      of request: Request, on channel: any Channel, _ reserved: inout Int
    ) async throws -> [UInt8] {
      let limit = service.settings.bodyBytes
      let announced = request.headers[.contentLength].flatMap { Int($0) }
      if let announced, announced > limit { throw Self.tooLarge(limit) }
      if announced == 0 || (announced == nil && request.headers[.transferEncoding] == nil) {
        return []
      }
      var bytes: [UInt8] = []
      if let announced { bytes.reserveCapacity(min(announced, 1 << 20)) }
      var deadline: Scheduled<Void>?
      defer { deadline?.cancel() }
      for try await part in request.body {
        guard bytes.count + part.readableBytes <= limit else { throw Self.tooLarge(limit) }
        guard budget.reserve(part.readableBytes) else {
          throw Problem(.overloaded, "other requests' bodies fill the memory", retryAfter: 1)
        }
        reserved += part.readableBytes
        bytes += part.readableBytesView
        // Most bodies come at once; those that dribble have a time to end.
        if bytes.count < announced ?? .max, deadline == nil {
          let seconds = settings.bodySeconds + (announced ?? limit) >> 20
          deadline = channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) {
            channel.close(promise: nil)
          }
        }
      }
      return bytes
    }

    private static func tooLarge(_ limit: Int) -> Problem {
      Problem(.tooLarge, "the request's body is larger than \(limit) bytes")
    }
  }

  extension Request {
    /// The client's name for the request, if it is one that can stand in a log; else a new one.
    fileprivate var ownID: String {
      if let id = headers[.requestID], (1...64).contains(id.utf8.count),
        id.utf8.allSatisfy({ (0x30...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E })
      {
        return id
      }
      let high = String(UInt64.random(in: 0 ... .max), radix: 16)
      return String(repeating: "0", count: 16 - high.count) + high
    }

    fileprivate func question(_ body: [UInt8], _ id: String, _ channel: any Channel) -> Question {
      var fields: [String: String] = [:]
      for field in headers { fields[field.name.canonicalName] = field.value }
      if let host = head.authority { fields["host"] = host }
      return Question(
        method: method.rawValue, path: uri.path,
        query: uri.query.map { Question.members(ofQuery: String($0)) } ?? [:],
        headers: fields, body: body,
        client: "connection \(ObjectIdentifier(channel).hashValue)", id: id)
    }
  }

  extension Answer {
    fileprivate func head() -> HTTPResponse {
      var response = HTTPResponse(status: .init(code: status))
      for (name, value) in headers {
        if let name = HTTPField.Name(name) {
          response.headerFields.append(.init(name: name, value: value))
        }
      }
      if pieces == nil { response.headerFields[.contentLength] = String(body.count) }
      return response
    }
  }

  /// How many bytes of an answer were sent.
  private final class Tally: Sendable {
    private let bytes = Mutex(0)

    func add(_ count: Int) { bytes.withLock { $0 += count } }
    var count: Int { bytes.withLock { $0 } }
  }

  extension HTTPField.Name {
    fileprivate static let requestID = Self("x-request-id") ?? .eTag
  }
#endif
