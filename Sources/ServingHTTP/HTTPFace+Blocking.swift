#if Server
  import Dispatch
  import Synchronization

  extension HTTPFace {
    /// For programs that are not asynchronous themselves.
    ///
    /// - Throws: `CannotListen`.
    package func runBlocking(onReady: @escaping @Sendable (String) -> Void) throws {
      let end = DispatchSemaphore(value: 0)
      let result = Box()
      Task {
        do {
          try await run(onReady: onReady)
          result.value.withLock { $0 = .success(()) }
        } catch {
          result.value.withLock { $0 = .failure(error) }
        }
        end.signal()
      }
      end.wait()
      try result.value.withLock { $0 }?.get()
    }

    private final class Box: Sendable {
      let value = Mutex<Result<Void, any Error>?>(nil)
    }
  }
#endif
