import Dispatch
import Foundation
import TesseraServing

/// Loads the models, and opens the indexes, again at SIGHUP; where that fails, those that are there go on.
struct Reloading {
  private let source: any DispatchSourceSignal

  init(_ service: Service, _ models: ServedModelOptions) {
    signal(SIGHUP, SIG_IGN)
    let queue = DispatchQueue(label: "tessera.reload")
    source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
    source.setEventHandler {
      do {
        service.models.replace(with: try models.load().contents)
        for index in service.indexes { try index.reopen() }
        StandardError.note("the models are loaded again")
      } catch {
        StandardError.write("error: the models stay as they are: \(error)")
      }
    }
    source.activate()
  }

  func cancel() { source.cancel() }
}
