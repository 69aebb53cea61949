import Foundation
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into an error that is thrown between two writes, so that the
/// temporary folder is removed on the same way as after any other error.
package enum Interruption {
  private static let signal = Atomic<Int32>(0)

  /// Begins to note signals; a second one ends the process at once.
  package static func install() {
    // The first use of a static property initialises it, which a signal handler must not do.
    _ = signal.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      Foundation.signal(number) { number in
        if Interruption.signal.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
    // Programs that start others from a background thread pass on a mask that blocks signals.
    var noted = sigset_t()
    sigemptyset(&noted)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&noted, number) }
    pthread_sigmask(SIG_UNBLOCK, &noted, nil)
    // A reader of the progress that goes away must not end the conversion.
    Foundation.signal(SIGPIPE, SIG_IGN)
  }

  /// - Throws: `ConversionError.interrupted` after a signal.
  static func check(target: String) throws {
    let number = signal.load(ordering: .relaxed)
    if number != 0 { throw ConversionError.interrupted(number, target: target) }
  }
}
