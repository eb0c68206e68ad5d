import Glibc

/// The bytes of one object of a live run, wherever its address says they are.
///
/// The bytes of device memory are apart from its address, which the program cannot dereference. New device memory
/// holds a pattern, not zeroes: its contents are undefined, and a program that forgets to write them should see
/// that. The pattern is laid down where bytes are first touched, so that a large allocation costs nothing.
final class ByteStore {
  /// What untouched device memory holds.
  static let pattern: UInt8 = 0xcb
  private static let chunk = 65536

  let base: UnsafeMutableRawPointer
  let count: Int
  private let owner: Owner
  /// For each chunk whether the pattern has been laid down; empty for memory without a pattern.
  private var touched: [Bool]

  private enum Owner {
    case mapping, heap, program
  }

  /// Memory of its own; nil when there is none. `isPatterned`: it is device memory.
  ///
  /// Small device objects share pages: a process may have many more of them than mappings.
  init?(count: UInt64, isPatterned: Bool) {
    guard let size = Int(exactly: count), size > 0 else { return nil }
    if isPatterned, size <= Self.chunk {
      guard let address = malloc(size) else { return nil }
      memset(address, Int32(Self.pattern), size)
      (base, self.count, owner, touched) = (address, size, .heap, [])
      return
    }
    guard
      let address = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      address != MAP_FAILED
    else { return nil }
    (base, self.count, owner) = (address, size, .mapping)
    touched = isPatterned ? Array(repeating: false, count: (size + Self.chunk - 1) / Self.chunk) : []
  }

  /// Memory of the program, of which `count` bytes are at `address`.
  init?(programMemory address: UInt64, count: UInt64) {
    guard let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return nil }
    (base, self.count, owner, touched) = (pointer, Int(clamping: count), .program, [])
  }

  deinit {
    switch owner {
    case .mapping: munmap(base, count)
    case .heap: free(base)
    case .program: break
    }
  }

  /// The bytes from `offset`, with the pattern laid down where nothing touched them.
  func pointer(at offset: UInt64, count: UInt64) -> UnsafeMutableRawPointer {
    let offset = Int(offset)
    if !touched.isEmpty, count > 0 {
      for index in (offset / Self.chunk)...((offset + Int(count) - 1) / Self.chunk) where !touched[index] {
        touched[index] = true
        let start = index * Self.chunk
        memset(base + start, Int32(Self.pattern), min(Self.chunk, self.count - start))
      }
    }
    return base + offset
  }
}
