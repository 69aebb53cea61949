import Foundation

/// A number under which a host is reached.
package struct HostAddress: Sendable, Equatable, CustomStringConvertible {
  /// 4 or 16 bytes.
  private let bytes: [UInt8]

  /// - Parameter bytes: 4 of an IPv4 address, or 16 of an IPv6 address.
  package init(bytes: [UInt8]) {
    precondition(bytes.count == 4 || bytes.count == 16, "\(bytes.count) bytes")
    self.bytes = bytes
  }

  /// As libcurl reads it.
  package var description: String {
    guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map {
      String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
    }
    return "[\(groups.joined(separator: ":"))]"
  }

  /// Whether it is one of the public net: none of this machine, of a local net, or of a special use.
  ///
  /// IANA's special-purpose registries (RFC 6890 and what followed). Of IPv6 only the global unicast
  /// block counts, without what is carried in it for IPv4: what an address of IPv4 is reached by
  /// could be a private one.
  package var isPublic: Bool {
    bytes.count == 4
      ? !Self.specialIPv4.contains { matches($0.0, $0.1) }
      : matches([0x20], 3) && !Self.specialIPv6.contains { matches($0.0, $0.1) }
  }

  /// Whether its first bits are those.
  private func matches(_ prefix: [UInt8], _ bits: Int) -> Bool {
    (0..<bits).allSatisfy { bit in
      let mask = UInt8(0x80) >> UInt8(bit % 8)
      let expected = bit / 8 < prefix.count ? prefix[bit / 8] : 0
      return bytes[bit / 8] & mask == expected & mask
    }
  }

  private static let specialIPv4: [([UInt8], Int)] = [
    ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12),
    ([192, 0, 0], 24), ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15),
    ([198, 51, 100], 24), ([203, 0, 113], 24), ([224], 4), ([240], 4),
  ]

  /// Teredo and its neighbours, documentation, 6to4.
  private static let specialIPv6: [([UInt8], Int)] = [
    ([0x20, 0x01], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x02], 16),
    ([0x3F, 0xFF], 20),
  ]

  /// The addresses that the system's resolver has for a name; none where it has none.
  package static func all(of host: String) -> [HostAddress] {
    var hints = addrinfo()
    #if os(Linux)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [HostAddress] = []
    var next = list
    while let entry = next {
      next = entry.pointee.ai_next
      guard let address = entry.pointee.ai_addr else { continue }
      let all = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
      switch entry.pointee.ai_family {
      // Behind family and port.
      case AF_INET: found.append(HostAddress(bytes: Array(all[4..<8])))
      // Behind family, port and flow.
      case AF_INET6: found.append(HostAddress(bytes: Array(all[8..<24])))
      default: continue
      }
    }
    return found
  }
}
