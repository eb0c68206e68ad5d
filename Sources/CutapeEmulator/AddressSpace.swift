package import CutapeTrace

/// A stretch of memory that CUDA knows: an allocation, a registration or a variable, in one generation.
///
/// Addresses are reused; an object is not: a new allocation at an old address is a new object.
package struct MemoryObject: Sendable, Hashable {
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
  }

  /// Numbered from 1 in the order of creation, within its name's letter: object 2 of the device is `d2`.
  package var id: Int
  /// What messages call it: `d2` device, `h7` pinned or registered, `m1` managed, `a1` array, `v1` variable.
  package var name: String
  package var kind: Kind
  /// The bytes that were asked for (not what a driver would round them up to). For an array, its handle and 0.
  package var range: ByteRange
  /// The rows of pitched memory.
  package var rows: Allocation.Rows?
  package var arrayShape: ArrayShape?
  /// The device that owns it; for host memory the device that was current.
  package var device: Int32
  /// The number of the event that made it.
  package var createdBy: Int
  /// The number of the event that freed or unregistered it; nil while it lives.
  package var freedBy: Int?
  /// Where the device sees registered host memory, when that differs from the host address.
  package var deviceAlias: Address?
  /// The mangled name of a variable.
  package var symbolName: String?

  package var isAlive: Bool { freedBy == nil }
}
