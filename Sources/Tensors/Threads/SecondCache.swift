#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The second cache of the processor that computes.
enum SecondCache {
  /// Bytes that a core has; 1 MiB where the system does not say.
  static let byteCount: Int = {
    let count = ofSystem()
    return count > 0 ? count : 1 << 20
  }()

  private static func ofSystem() -> Int {
    #if canImport(Glibc)
      return sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
    #elseif canImport(Darwin)
      var (count, size) = (Int64(0), MemoryLayout<Int64>.size)
      return sysctlbyname("hw.l2cachesize", &count, &size, nil, 0) == 0 ? Int(count) : 0
    #else
      return 0
    #endif
  }
}
