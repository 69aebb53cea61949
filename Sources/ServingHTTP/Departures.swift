#if Server
  import NIOCore
  import Synchronization

  /// Who is to be told when a connection's other side has gone.
  final class Departures: Sendable {
    private let watchers = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])

    func watch(_ channel: any Channel, _ onDeparture: @escaping @Sendable () -> Void) {
      watchers.withLock { $0[ObjectIdentifier(channel)] = onDeparture }
    }

    func forget(_ channel: any Channel) {
      _ = watchers.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    fileprivate func departed(_ channel: any Channel) {
      watchers.withLock { $0[ObjectIdentifier(channel)] }?()
    }
  }

  /// Sees that a client has closed its side, also while its request is computed.
  final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let departures: Departures

    init(_ departures: Departures) { self.departures = departures }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event as? ChannelEvent == .inputClosed { departures.departed(context.channel) }
      context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
      departures.departed(context.channel)
      context.fireChannelInactive()
    }
  }
#endif
