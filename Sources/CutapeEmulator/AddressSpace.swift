package import CutapeTrace
import DequeModule

/// The memory that CUDA knows, by address: what lives, and what lived last where nothing lives now.
///
/// Host and device share one address space. Two more name spaces stand beside it: arrays, by handle, and device
/// variables, by host shadow and device (every device has its own instance). Look-ups are O(log n).
///
/// A class, so that reading it through the emulator copies nothing; only the emulator changes it.
package final class AddressSpace {
  private var objects: [Int: MemoryObject] = [:]
  private var live = AddressMap()
  /// Where freed objects were. A newer dead object displaces the older ones that it overlaps, so that memory
  /// stays bounded when a program allocates and frees in turn.
  private var dead = AddressMap()
  /// Freed objects, oldest first, and how many of them are remembered.
  private var buried = Deque<Int>()
  private let memory: Int
  private var arrays: [Address: Int] = [:]
  private var symbols: [SymbolKey: Int] = [:]
  /// Where memory of other processes begins, ascending.
  private var foreign: [Address] = []
  private var counters: [Character: Int] = [:]
  private var lastID = 0
  /// Changes whenever an address may mean something else than before.
  package private(set) var version = 0

  /// What some addresses were last found to be in: a call and those around it name the same ones again and again.
  private var recent: [Recent] = Array(repeating: Recent(), count: AddressSpace.recentCount)
  private static let recentCount = 64

  private struct Recent {
    var address: Address = 0
    var version = -1
    var object: MemoryObject?
  }

  private struct SymbolKey: Hashable {
    var shadow: Address
    var device: Int32
  }

  /// `memory`: how many freed objects are remembered; older ones are as if they had never been.
  package init(memory: Int = 1 << 18) { self.memory = memory }

  /// How many objects live at addresses of their own (arrays and variables are not among them).
  package var liveCount: Int { live.count }

  /// The object with `id`, alive or remembered; nil for one long dead whose addresses were used again.
  package func object(_ id: Int) -> MemoryObject? { objects[id] }

  /// Every object that lives or is remembered, in the order of creation.
  package var all: [MemoryObject] { objects.values.sorted { $0.id < $1.id } }

  /// The live object that holds `address`, by its own range or where the device sees it.
  package func object(containing address: Address) -> MemoryObject? {
    let slot = Int(truncatingIfNeeded: (address >> 4 ^ address >> 12) % UInt64(Self.recentCount))
    if recent[slot].address == address, recent[slot].version == version { return recent[slot].object }
    let object = live.entry(containing: address).flatMap { objects[$0.object] }
    recent[slot] = Recent(address: address, version: version, object: object)
    return object
  }

  /// Where in the live objects `address` lies: the range by which it was found, which is that of the object or
  /// that at which the device sees it.
  func entry(containing address: Address) -> AddressMap.Entry? { live.entry(containing: address) }

  /// The live object that holds `address`, else the one that held it last.
  package func lastObject(containing address: Address) -> MemoryObject? {
    object(containing: address) ?? dead.entry(containing: address).flatMap { objects[$0.object] }
  }

  /// The live object that begins nearest below `address` and does not hold it.
  package func neighbour(before address: Address) -> MemoryObject? {
    guard let entry = live.entry(atOrBefore: address) else { return nil }
    guard entry.range.contains(address) else { return objects[entry.object] }
    guard entry.range.start > 0 else { return nil }
    return live.entry(atOrBefore: entry.range.start - 1).flatMap { objects[$0.object] }
  }

  /// The live object that begins nearest above `address`.
  package func neighbour(after address: Address) -> MemoryObject? {
    live.entry(after: address).flatMap { objects[$0.object] }
  }

  /// The live objects that have a byte in `range`, in order.
  package func objects(overlapping range: ByteRange) -> [MemoryObject] {
    live.entries(overlapping: range).compactMap { objects[$0.object] }
  }

  /// What lives at the addresses of `range`, in order.
  func entries(overlapping range: ByteRange) -> [AddressMap.Entry] { live.entries(overlapping: range) }

  /// Whether a live object has a byte in `range`.
  package func overlaps(_ range: ByteRange) -> Bool { live.overlaps(range) }

  /// The array with `handle`, alive or remembered.
  package func array(_ handle: Address) -> MemoryObject? { arrays[handle].flatMap { objects[$0] } }

  /// The instance on `device` of the variable whose host shadow is at `shadow`.
  package func symbol(shadow: Address, device: Int32) -> MemoryObject? {
    symbols[SymbolKey(shadow: shadow, device: device)].flatMap { objects[$0] }
  }

  /// Notes that memory of another process begins at `address`; where it ends is not known.
  package func addForeign(_ address: Address) {
    guard !foreign.contains(address) else { return }
    foreign.append(address)
    foreign.sort()
    version += 1
  }

  /// Whether `address`, which no live object holds, may be in memory of another process: the nearest thing below it
  /// is such memory.
  package func isForeign(_ address: Address) -> Bool {
    guard let start = foreign.last(where: { $0 <= address }) else { return false }
    guard let entry = live.entry(atOrBefore: address) else { return true }
    return entry.range.start <= start && !entry.range.contains(address)
  }

  /// Adds a live object and names it, if it brings no name. Objects that the trace left alive at its addresses are dead from then on:
  /// their release was not recorded.
  package func add(
    _ kind: MemoryObject.Kind, range: ByteRange, device: Int32, createdBy: Int,
    rows: Allocation.Rows? = nil, arrayShape: ArrayShape? = nil, symbolName: String? = nil, pool: Int? = nil,
    name: String? = nil, memory: Int? = nil
  ) -> MemoryObject {
    lastID += 1
    let object = MemoryObject(
      id: lastID, name: name ?? newName(kind), kind: kind, range: range, rows: rows,
      arrayShape: arrayShape, device: device, createdBy: createdBy, symbolName: symbolName, pool: pool,
      memory: memory)
    objects[object.id] = object
    version += 1
    switch kind {
    case .array: arrays[range.start] = object.id
    case .symbol: symbols[SymbolKey(shadow: range.start, device: device)] = object.id
    case .physical: break
    case .device, .async, .managed, .pinned, .registered, .mapped:
      place(range, object: object.id, kind, at: createdBy)
    }
    return object
  }

  private func newName(_ kind: MemoryObject.Kind) -> String {
    let number = (counters[kind.letter] ?? 0) + 1
    counters[kind.letter] = number
    return "\(kind.letter)\(number)"
  }

  /// What addresses mean has changed otherwise.
  func noteChange() { version += 1 }

  /// Records where the device sees object `id`.
  package func setDeviceAlias(_ alias: Address, of id: Int, at number: Int) {
    guard let object = objects[id], object.deviceAlias != alias else { return }
    objects[id] = object.seen(at: alias)
    version += 1
    if alias != object.range.start || object.kind == .symbol {
      place(ByteRange(start: alias, count: object.range.count), object: id, object.kind, at: number)
    }
  }

  /// Ends the life of object `id`; it stays as the last holder of its addresses.
  package func remove(_ id: Int, by number: Int, release: Release? = nil) {
    guard let object = objects[id], object.isAlive else { return }
    objects[id] = object.freed(by: number, release: release)
    version += 1
    buried.append(id)
    if buried.count > memory, let oldest = buried.popFirst() { forget(oldest) }
    switch object.kind {
    case .array, .physical: break
    case .symbol: symbols[SymbolKey(shadow: object.range.start, device: object.device)] = nil
    case .device, .async, .managed, .pinned, .registered, .mapped:
      bury(object.range, object: id, object.kind)
    }
    if let alias = object.deviceAlias, alias != object.range.start || object.kind == .symbol {
      bury(ByteRange(start: alias, count: object.range.count), object: id, object.kind)
    }
  }

  private func forget(_ id: Int) {
    guard let object = objects.removeValue(forKey: id) else { return }
    if object.kind == .array, arrays[object.range.start] == id { arrays[object.range.start] = nil }
    for start in [object.range.start, object.deviceAlias].compactMap(\.self)
    where dead.entry(containing: start)?.object == id {
      dead.remove(startingAt: start)
    }
  }

  private func place(_ range: ByteRange, object: Int, _ kind: MemoryObject.Kind, at number: Int) {
    version += 1
    for stale in live.entries(overlapping: range) where stale.object != object {
      remove(stale.object, by: number)
    }
    live.insert(AddressMap.Entry(range: range, object: object, kind: kind))
  }

  private func bury(_ range: ByteRange, object: Int, _ kind: MemoryObject.Kind) {
    version += 1
    if live.entry(containing: range.start)?.object == object { live.remove(startingAt: range.start) }
    for older in dead.entries(overlapping: range) where older.object != object {
      dead.remove(startingAt: older.range.start)
      objects[older.object] = nil
    }
    dead.insert(AddressMap.Entry(range: range, object: object, kind: kind))
  }
}
