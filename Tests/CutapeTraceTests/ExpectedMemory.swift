/// What the functions about pools, managed memory and other processes decode to.

import CutapeTrace

let poolOperations: [String: @Sendable (Words) -> Operation] = [
  "cudaMemPoolCreate": { .pool(.create(typedPlace($0, "allocType"), handle: $0["memPool"])) },
  "cudaMemPoolDestroy": { .pool(.destroy($0["memPool"])) },
  "cudaMemPoolTrimTo": { .pool(.trim($0["memPool"])) },
  "cudaMemPoolSetAttribute": {
    .pool(.setAttribute($0["memPool"], attribute: $0.int("attr"), value: $0["value"]))
  },
  // The items are 0x101, 0x201 ... 0x601: type and number of a place, and flags, twice.
  "cudaMemPoolSetAccess": {
    .pool(
      .setAccess(
        $0["memPool"],
        [
          .init(location: MemoryLocation(type: 0x101, id: 0x201), flags: 0x301),
          .init(location: MemoryLocation(type: 0x401, id: 0x501), flags: 0x601),
        ]))
  },
  "cudaDeviceSetMemPool": { .pool(.setCurrent($0["memPool"], devicePlace($0))) },
  "cudaDeviceGetMemPool": { .pool(.currentPool(devicePlace($0), handle: $0["memPool"])) },
  "cudaDeviceGetDefaultMemPool": { .pool(.defaultPool(devicePlace($0), handle: $0["memPool"])) },
  "cudaMemSetMemPool": { .pool(.setCurrent($0["memPool"], typedPlace($0, "type"))) },
  "cudaMemGetMemPool": { .pool(.currentPool(typedPlace($0, "type"), handle: $0["memPool"])) },
  "cudaMemGetDefaultMemPool": { .pool(.defaultPool(typedPlace($0, "type"), handle: $0["memPool"])) },
]

let managedOperations: [String: @Sendable (Words) -> Operation] = [
  "__cudaRegisterManagedVar": {
    .registerManaged(size: $0["size"], name: "_Z1kv", address: $0["hostVarPtrAddress"])
  },
  "cudaMemAdvise": { .advise(Advice(range: range($0), kind: $0.int("advice"), location: location($0))) },
  "cudaMemAdvise_v2": { .advise(Advice(range: range($0), kind: $0.int("advice"), location: location($0))) },
  "cudaMemPrefetchAsync": prefetch, "cudaMemPrefetchAsync_v2": prefetch,
  "cudaMemPrefetchBatchAsync": { .migrate(batch($0, .prefetch(isBatch: true))) },
  "cudaMemDiscardAndPrefetchBatchAsync": { .migrate(batch($0, .discardAndPrefetch)) },
  // The items are 0x101, 0x201, 0x301, 0x401: a pointer and a size, twice.
  "cudaMemDiscardBatchAsync": {
    .migrate(
      Migration(
        action: .discard,
        parts: [
          .init(range: ByteRange(start: 0x101, count: 0x201)),
          .init(range: ByteRange(start: 0x301, count: 0x401)),
        ], flags: $0["flags"], stream: $0.stream()))
  },
  "cudaStreamAttachMemAsync": {
    .migrate(
      Migration(
        action: .attach, parts: [.init(range: ByteRange(start: $0["devPtr"], count: $0["length"]))],
        flags: $0["flags"], stream: $0.stream()))
  },
  "cudaIpcGetMemHandle": { .interprocess(.shareMemory($0["devPtr"])) },
  "cudaIpcOpenMemHandle": { .interprocess(.openMemory($0["devPtr"])) },
  "cudaIpcCloseMemHandle": { .interprocess(.closeMemory($0["devPtr"])) },
  "cudaIpcGetEventHandle": { .interprocess(.shareEvent($0["event"])) },
  "cudaIpcOpenEventHandle": { .interprocess(.openEvent($0["event"])) },
]

private let prefetch: @Sendable (Words) -> Operation = {
  .migrate(
    Migration(
      action: .prefetch(isBatch: false), parts: [.init(range: range($0), location: location($0))],
      flags: $0.has("flags") ? $0["flags"] : 0, stream: $0.stream()))
}

/// The items are 0x101, 0x201 ... 0x801: a pointer, a size, type and number of a place, twice.
private func batch(_ words: Words, _ action: Migration.Action) -> Migration {
  Migration(
    action: action,
    parts: [
      .init(
        range: ByteRange(start: 0x101, count: 0x201), location: MemoryLocation(type: 0x301, id: 0x401)),
      .init(
        range: ByteRange(start: 0x501, count: 0x601), location: MemoryLocation(type: 0x701, id: 0x801)),
    ], flags: words["flags"], stream: words.stream())
}

private func range(_ words: Words) -> ByteRange { ByteRange(start: words["devPtr"], count: words["count"]) }

/// By type and number, or by a device alone.
private func location(_ words: Words) -> MemoryLocation {
  words.has("locationType")
    ? MemoryLocation(type: words.int("locationType"), id: words.int("locationId"))
    : MemoryLocation(device: words.int(words.has("dstDevice") ? "dstDevice" : "device"))
}

private func devicePlace(_ words: Words) -> PoolCall.Place {
  PoolCall.Place(location: MemoryLocation(device: words.int("device")))
}

private func typedPlace(_ words: Words, _ type: String) -> PoolCall.Place {
  PoolCall.Place(location: location(words), allocationType: words.int(type))
}
