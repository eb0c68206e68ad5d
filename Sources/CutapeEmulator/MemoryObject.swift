package import CutapeTrace

/// A stretch of memory that CUDA knows: an allocation, a registration or a variable, in one generation.
///
/// Addresses are reused; an object is not: a new allocation at an old address is a new object.
///
/// It never changes: what is freed is replaced by its last state. So it is a class, and every operand of every call
/// can name one for the price of a reference.
package final class MemoryObject: Sendable {
  /// The memory class, which decides how copies with it synchronise.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// `cudaMalloc` and its pitched forms.
    case device
    /// `cudaMallocAsync`: ordered by streams.
    case async
    /// `cudaMallocManaged`: host and device both.
    case managed
    /// `cudaMallocHost`, `cudaHostAlloc`: page-locked.
    case pinned
    /// `cudaHostRegister`: host memory of the program, page-locked in place.
    case registered
    /// A CUDA array; its address is its handle, and has no bytes.
    case array
    /// A `__device__` or `__constant__` variable; its address is that of its host shadow.
    case symbol
    /// `cuMemCreate`: memory without an address. Its range begins at 0.
    case physical
    /// `cuMemMap`: addresses of physical memory.
    case mapped

    /// The letter of the object's name.
    package var letter: Character {
      switch self {
      case .device, .async, .physical, .mapped: "d"
      case .managed: "m"
      case .pinned, .registered: "h"
      case .array: "a"
      case .symbol: "v"
      }
    }

    /// Whether the bytes are host memory: the program reads and writes them by itself.
    package var isHost: Bool {
      switch self {
      case .pinned, .registered: true
      case .device, .async, .managed, .array, .symbol, .physical, .mapped: false
      }
    }
  }

  /// Unique over all objects of a run, from 1 in the order of creation.
  package let id: Int
  /// What messages call it: `d2` device, `h7` pinned or registered, `m1` managed, `a1` array, `v1` variable;
  /// numbered from 1 for each letter.
  package let name: String
  package let kind: Kind
  /// The bytes that were asked for (not what a driver would round them up to). For an array, its handle and 0.
  package let range: ByteRange
  /// The rows of pitched memory.
  package let rows: Allocation.Rows?
  package let arrayShape: ArrayShape?
  /// The device that owns it; for host memory the device that was current.
  package let device: Int32
  /// The number of the event that made it.
  package let createdBy: Int
  /// The number of the event that freed or unregistered it; nil while it lives.
  package let freedBy: Int?
  /// The function that freed it.
  package let release: Release?
  /// Where the device sees registered host memory when that differs from the host address; where a variable is
  /// on its device, once known.
  package let deviceAlias: Address?
  /// The mangled name of a variable.
  package let symbolName: String?
  /// The id of the memory pool that it is from; nil for memory from nowhere else.
  package let pool: Int?
  /// The id of the physical memory that a mapping shows from its first byte on; nil for memory of its own.
  package let memory: Int?

  package init(
    id: Int, name: String, kind: Kind, range: ByteRange, rows: Allocation.Rows? = nil,
    arrayShape: ArrayShape? = nil, device: Int32, createdBy: Int, deviceAlias: Address? = nil,
    symbolName: String? = nil, pool: Int? = nil, memory: Int? = nil, freedBy: Int? = nil,
    release: Release? = nil
  ) {
    self.id = id
    self.name = name
    self.kind = kind
    self.range = range
    self.rows = rows
    self.arrayShape = arrayShape
    self.device = device
    self.createdBy = createdBy
    self.freedBy = freedBy
    self.release = release
    self.deviceAlias = deviceAlias
    self.symbolName = symbolName
    self.pool = pool
    self.memory = memory
  }

  package var isAlive: Bool { freedBy == nil }

  /// The id under which its bytes are known: two mappings of one memory have the same.
  package var bytes: Int { memory ?? id }

  /// The object after call `number` has released it.
  func freed(by number: Int, release: Release?) -> MemoryObject {
    MemoryObject(
      id: id, name: name, kind: kind, range: range, rows: rows, arrayShape: arrayShape, device: device,
      createdBy: createdBy, deviceAlias: deviceAlias, symbolName: symbolName, pool: pool, memory: memory,
      freedBy: number, release: release)
  }

  /// The object once it is known that the device sees it at `alias`.
  func seen(at alias: Address) -> MemoryObject {
    MemoryObject(
      id: id, name: name, kind: kind, range: range, rows: rows, arrayShape: arrayShape, device: device,
      createdBy: createdBy, deviceAlias: alias, symbolName: symbolName, pool: pool, memory: memory,
      freedBy: freedBy, release: release)
  }

  /// How many bytes it has; for an array those of its elements.
  package var byteCount: UInt64 { arrayShape?.byteCount ?? range.count }
}

extension MemoryObject: Equatable {
  /// Whether both are the same state of what may be objects of two runs.
  package static func == (left: MemoryObject, right: MemoryObject) -> Bool {
    left === right
      || (left.id == right.id && left.name == right.name && left.kind == right.kind
        && left.range == right.range && left.rows == right.rows && left.arrayShape == right.arrayShape
        && left.device == right.device && left.createdBy == right.createdBy && left.freedBy == right.freedBy
        && left.release == right.release && left.deviceAlias == right.deviceAlias
        && left.symbolName == right.symbolName && left.pool == right.pool
        && left.memory == right.memory)
  }
}

extension ArrayShape {
  /// Bytes of one row; saturates.
  package var rowBytes: UInt64 { width.multipliedSaturating(by: elementSize) }
  /// Rows of one slice; a one-dimensional array has one.
  package var rowCount: UInt64 { max(height, 1) }
  /// Slices; a one- or two-dimensional array has one.
  package var sliceCount: UInt64 { max(depth, 1) }
  /// Bytes of one slice; saturates.
  package var sliceBytes: UInt64 { rowBytes.multipliedSaturating(by: rowCount) }
  /// Bytes of all elements; saturates.
  package var byteCount: UInt64 { sliceBytes.multipliedSaturating(by: sliceCount) }
}

extension UInt64 {
  /// A product that stops at the largest number: a program may pass anything.
  func multipliedSaturating(by other: UInt64) -> UInt64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
