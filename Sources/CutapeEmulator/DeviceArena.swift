import CutapeTrace
import Glibc

/// The addresses of one emulated device: reserved without access, so that a program that dereferences a device
/// pointer on the host faults, as it does on hardware.
///
/// Addresses are handed out upwards and used again only when the arena is spent: a stale pointer then meets no new
/// owner by chance.
struct DeviceArena {
  /// What `cudaMalloc` aligns to.
  static let alignment: UInt64 = 512
  private static let largest = 1 << 42
  private static let smallest = 1 << 36

  /// All addresses of the device.
  private(set) var reserved = ByteRange(start: 0, count: 0)
  private var next: UInt64 = 0
  private var end: UInt64 = 0
  /// Freed ranges in order of address, no two of them adjacent.
  private var free: [ByteRange] = []

  /// Reserves as much as the system lets; an arena without addresses has no memory to give.
  init() {
    var size = Self.largest
    while size >= Self.smallest {
      let address = mmap(nil, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if let address, address != MAP_FAILED {
        next = UInt64(UInt(bitPattern: address))
        end = next + UInt64(size)
        reserved = ByteRange(start: next, count: UInt64(size))
        return
      }
      size /= 2
    }
  }

  /// The bytes that an allocation of `size` takes; nil when that does not fit in 64 bits.
  static func rounded(_ size: UInt64) -> UInt64? {
    let (sum, overflow) = size.addingReportingOverflow(alignment - 1)
    return overflow ? nil : sum / alignment * alignment
  }

  /// The first of `size` addresses, a multiple of `alignment`, which is a power of two.
  mutating func take(_ size: UInt64, alignment: UInt64 = Self.alignment) -> UInt64? {
    guard let size = Self.rounded(size), size > 0 else { return nil }
    let start = (next + alignment - 1) & ~(alignment - 1)
    if start <= end, size <= end - start {
      next = start + size
      return start
    }
    guard let index = free.firstIndex(where: { $0.count >= size && $0.start % alignment == 0 }) else {
      return nil
    }
    let address = free[index].start
    free[index] = ByteRange(start: address + size, count: free[index].count - size)
    if free[index].isEmpty { free.remove(at: index) }
    return address
  }

  mutating func giveBack(_ address: UInt64, _ size: UInt64) {
    guard let size = Self.rounded(size), size > 0 else { return }
    var index = free.firstIndex { $0.start > address } ?? free.count
    free.insert(ByteRange(start: address, count: size), at: index)
    if index + 1 < free.count, free[index].end == free[index + 1].start {
      free[index].count += free[index + 1].count
      free.remove(at: index + 1)
    }
    if index > 0, free[index - 1].end == free[index].start {
      index -= 1
      free[index].count += free[index + 1].count
      free.remove(at: index + 1)
    }
  }
}
