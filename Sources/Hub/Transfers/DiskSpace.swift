import Foundation

/// Bytes that will be written, by where; two folders on one disk share what is free.
struct DiskSpace {
  private var needs: [(folder: String, bytes: Int)] = []

  mutating func need(_ bytes: Int, in folder: String) { needs.append((folder, bytes)) }

  /// - Throws: `HubError.diskFull`, before anything is written.
  func check() throws {
    let disks = Dictionary(grouping: needs) { Self.device(of: $0.folder) }
    for disk in disks.values {
      let bytes = disk.reduce(0) { $0 + $1.bytes }
      guard let folder = disk.first?.folder, let free = Folders.freeBytes(at: folder),
        free < bytes
      else { continue }
      throw HubError.diskFull(folder: folder, needed: bytes, free: free)
    }
  }

  /// The disk that holds a folder, or will.
  private static func device(of path: String) -> UInt64 {
    var folder = path
    var status = stat()
    while stat(folder, &status) != 0, folder != "/", !folder.isEmpty {
      folder = (folder as NSString).deletingLastPathComponent
    }
    return UInt64(status.st_dev)
  }
}
