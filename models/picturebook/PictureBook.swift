import Foundation

/// The model that travels with the executable: this folder, as a resource of the package.
package enum PictureBook {
  /// Where the model lies: in the bundle of resources beside the executable.
  ///
  /// `Bundle.module` would end the process where an executable was installed without its bundle.
  /// - Throws: `PictureBookError.missing`.
  package static func folder() throws(PictureBookError) -> URL {
    try folder(among: placesOfBundles)
  }

  static func folder(among places: [URL]) throws(PictureBookError) -> URL {
    let candidates = places.flatMap { place in bundleNames.map { place.appending(path: $0) } }
      // On Apple's systems a bundle may keep its resources a level deeper.
      .flatMap { [$0, $0.appending(path: "Contents/Resources")] }
    let folder = candidates.first {
      FileManager.default.fileExists(atPath: $0.appending(path: "config.json").path)
    }
    guard let folder else {
      throw .missing(names: bundleNames, places: places.map(\.path))
    }
    return folder
  }

  /// As SwiftPM calls the bundle: package_target, on Linux and on Apple's systems.
  private static let bundleNames = [
    "Tessera_TesseraPictureBook.resources", "Tessera_TesseraPictureBook.bundle",
  ]

  /// Beside the executable, beside what its links lead to, and where an application or a bundle
  /// of tests keeps its resources.
  private static var placesOfBundles: [URL] {
    let executable = Bundle.main.executableURL
    let folders =
      [
        Bundle.main.resourceURL, Bundle.main.bundleURL, executable?.deletingLastPathComponent(),
        executable?.resolvingSymlinksInPath().deletingLastPathComponent(),
      ].compactMap { $0 } + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    var seen: Set<String> = []
    return folders.map(\.standardizedFileURL).filter { seen.insert($0.path).inserted }
  }
}

package enum PictureBookError: Error, Equatable, CustomStringConvertible {
  case missing(names: [String], places: [String])

  package var description: String {
    switch self {
    case .missing(let names, let places):
      """
      it travels with the executable and is missing: expected \
      \(names.joined(separator: " or ")) in \(places.joined(separator: " or ")); \
      install it there, or name a model
      """
    }
  }
}
