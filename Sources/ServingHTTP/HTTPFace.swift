#if Server
  import Foundation
  import HummingbirdCore
  import Logging
  import NIOCore
  import NIOPosix
  import ServiceLifecycle
  import TesseraServing

  /// A service in HTTP/1.1, until it is told to stop.
  package struct HTTPFace: Sendable {
    private let service: TesseraServing.Service
    private let settings: HTTPSettings

    package init(_ service: TesseraServing.Service, _ settings: HTTPSettings) {
      self.service = service
      self.settings = settings
    }

    /// Listens until SIGTERM or SIGINT; what is in hand then is finished.
    ///
    /// - Parameter onReady: hears where it listens.
    /// - Throws: `CannotListen`.
    package func run(onReady: @escaping @Sendable (String) -> Void) async throws {
      raiseDescriptorLimit()
      let responder = Responder(service, settings)
      let departures = responder.departures
      let builder = HTTPServerBuilder.http1(
        configuration: .init(
          additionalChannelHandlers: [DepartureHandler(departures)],
          idleTimeout: .seconds(Int64(settings.idleSeconds))))
      let server = try builder.buildServer(
        configuration: ServerConfiguration(
          address: settings.address.bound, backlog: 1024,
          availableConnectionsDelegate: MaximumAvailableConnections(settings.connections)),
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: .silent,
        responder: { request, writer, channel in
          try await responder.respond(to: request, writer, on: channel)
        },
        onServerRunning: { channel in
          onReady(settings.address.spelled(port: channel.localAddress?.port))
        })
      var configuration = ServiceGroupConfiguration(
        services: [.init(service: Stopping(server: server, service: service))],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: .silent)
      configuration.maximumGracefulShutdownDuration = .seconds(settings.graceSeconds)
      // A socket is its owner's alone from its first moment on.
      var mask: mode_t?
      if case .socket = settings.address { mask = umask(0o177) }
      defer { if let mask { umask(mask) } }
      do {
        try await ServiceGroup(configuration: configuration).run()
      } catch let error as IOError {
        throw CannotListen(address: settings.address.spelled(port: nil), error: error)
      }
    }

    /// A thousand connections need a thousand descriptors, of which many systems give 1024.
    private func raiseDescriptorLimit() {
      #if os(Linux)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      #else
        let resource = RLIMIT_NOFILE
      #endif
      var limit = rlimit()
      guard getrlimit(resource, &limit) == 0 else { return }
      limit.rlim_cur = min(limit.rlim_max, rlim_t(settings.connections * 2))
      _ = setrlimit(resource, &limit)
    }
  }

  package struct CannotListen: Error, CustomStringConvertible {
    let address: String
    let error: IOError
    package var description: String {
      "cannot listen at \(address): \(String(cString: strerror(error.errnoCode)))"
    }
  }

  /// A server that tells its service when it stops.
  private struct Stopping: ServiceLifecycle.Service {
    let server: any ServiceLifecycle.Service
    let service: TesseraServing.Service

    func run() async throws {
      try await withGracefulShutdownHandler {
        try await server.run()
      } onGracefulShutdown: {
        service.beginToStop()
      }
    }
  }

  extension HTTPSettings.Address {
    fileprivate var bound: BindAddress {
      switch self {
      case .port(let host, let port): .hostname(host, port: port)
      case .socket(let path): .unixDomainSocket(path: path)
      }
    }

    fileprivate func spelled(port bound: Int?) -> String {
      switch self {
      case .port(let host, let port):
        "http://\(host.contains(":") ? "[\(host)]" : host):\(bound ?? port)"
      case .socket(let path): "unix:\(path)"
      }
    }
  }

  extension Logger {
    /// Hummingbird's own notes say nothing that ours do not.
    fileprivate static var silent: Logger {
      Logger(label: "tessera") { _ in SwiftLogNoOpLogHandler() }
    }
  }
#endif
