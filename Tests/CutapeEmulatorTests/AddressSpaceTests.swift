import CutapeEmulator
import CutapeTrace
import Testing

@Suite("the address space")
struct AddressSpaceTests {
  private static func space(_ ranges: [(UInt64, UInt64)]) -> AddressSpace {
    let space = AddressSpace()
    for (start, count) in ranges {
      _ = space.add(.device, range: ByteRange(start: start, count: count), device: 0, createdBy: 1)
    }
    return space
  }

  @Test func `an interior pointer finds its object and the byte after the end does not`() {
    let space = Self.space([(0x1000, 100)])
    #expect(space.object(containing: 0x1000)?.name == "d1")
    #expect(space.object(containing: 0x1000 + 99)?.name == "d1")
    #expect(space.object(containing: 0x1000 + 100) == nil)
    #expect(space.object(containing: 0xfff) == nil)
  }

  @Test func `a freed object is remembered until its bytes are used again`() throws {
    let space = Self.space([(0x1000, 256)])
    space.remove(1, by: 7, release: .device)
    #expect(space.object(containing: 0x1010) == nil)
    #expect(space.lastObject(containing: 0x1010)?.freedBy == 7)
    _ = space.add(.device, range: ByteRange(start: 0x1000, count: 64), device: 0, createdBy: 8)
    #expect(space.lastObject(containing: 0x1010)?.name == "d2")
    #expect(space.lastObject(containing: 0x1080)?.name == "d1")
    space.remove(2, by: 9)
    #expect(space.lastObject(containing: 0x1080) == nil, "the newer tombstone displaced the older one")
  }

  @Test func `only so many freed objects are remembered`() {
    let space = AddressSpace(memory: 2)
    for index in 0..<4 {
      let range = ByteRange(start: UInt64(index + 1) * 0x1000, count: 16)
      space.remove(space.add(.device, range: range, device: 0, createdBy: 1).id, by: 2)
    }
    #expect(space.all.map(\.name) == ["d3", "d4"])
    #expect(space.lastObject(containing: 0x1000) == nil)
    #expect(space.lastObject(containing: 0x4000)?.name == "d4")
  }

  @Test func `neighbours are the nearest live objects on both sides`() {
    let space = Self.space([(0x1000, 16), (0x3000, 16), (0x2000, 16)])
    #expect(space.neighbour(before: 0x2fff)?.name == "d3")
    #expect(space.neighbour(after: 0x2fff)?.name == "d2")
    #expect(space.neighbour(before: 0x2008)?.name == "d1")
    #expect(space.neighbour(after: 0x3000) == nil)
    #expect(space.neighbour(before: 0xfff) == nil)
  }

  @Test func `a new object at the address of a live one ends the life of the old one`() {
    let space = Self.space([(0x1000, 256)])
    _ = space.add(.device, range: ByteRange(start: 0x1080, count: 256), device: 0, createdBy: 5)
    #expect(space.object(1)?.freedBy == 5)
    #expect(space.object(containing: 0x1090)?.name == "d2")
  }

  @Test func `names count from one for each letter`() {
    let space = AddressSpace()
    let kinds: [MemoryObject.Kind] = [.device, .pinned, .managed, .registered, .async, .array, .symbol]
    let names = kinds.enumerated().map { position, kind in
      let range = ByteRange(start: UInt64(position + 1) * 0x1000, count: 16)
      return space.add(kind, range: range, device: 0, createdBy: 1).name
    }
    #expect(names == ["d1", "h1", "m1", "h2", "d2", "a1", "v1"])
  }

  @Test func `ten thousand objects in any order are all found and all removed`() {
    let space = AddressSpace()
    let count: UInt64 = 10_000
    for index in 0..<count {
      let slot = index &* 7919 % count
      _ = space.add(
        .device, range: ByteRange(start: 0x10_0000 + slot * 512, count: 500), device: 0, createdBy: 1)
    }
    #expect(space.liveCount == Int(count))
    for slot in 0..<count {
      #expect(space.object(containing: 0x10_0000 + slot * 512 + 499) != nil)
      #expect(space.object(containing: 0x10_0000 + slot * 512 + 500) == nil)
    }
    for id in 1...Int(count) { space.remove(id, by: 2) }
    #expect(space.liveCount == 0)
    #expect(space.lastObject(containing: 0x10_0000 + 3)?.isAlive == false)
  }
}
