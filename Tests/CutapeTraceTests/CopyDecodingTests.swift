/// 3D copies between pitched pointers and arrays: which of the many fields count.

import CutapeTrace
import CutapeWire
import Testing

@Suite("3D copies")
struct CopyDecodingTests {
  @Test("two pitched pointers: positions in bytes, slices by the height of the pointer")
  func pitched() throws {
    let copy = try decode([
      "srcPtr": 0x1000, "srcPitch": 512, "srcYsize": 8, "srcPosX": 4, "srcPosY": 1, "srcPosZ": 2,
      "dstPtr": 0x9000, "dstPitch": 256, "dstYsize": 16, "width": 100, "height": 3, "depth": 2, "kind": 3,
    ])
    #expect(copy.source == .pitched(0x1000, pitch: 512, sliceHeight: 8, x: 4, y: 1, z: 2))
    #expect(copy.destination == .pitched(0x9000, pitch: 256, sliceHeight: 16))
    #expect(copy.extent == Copy.Extent(width: 100, height: 3, depth: 2, dimensions: 3))
    #expect(copy.kind == 3)
  }

  @Test("from a pitched pointer to an array")
  func toArray() throws {
    let copy = try decode([
      "srcPtr": 0x1000, "srcPitch": 512, "srcYsize": 8, "dstArray": 0x77, "dstPosX": 3, "dstPosZ": 1,
      "width": 10,
      "height": 1, "depth": 1, "kind": 1,
    ])
    #expect(copy.source == .pitched(0x1000, pitch: 512, sliceHeight: 8))
    #expect(copy.destination == .array(0x77, x: 3, y: 0, z: 1, xInBytes: false))
  }

  @Test("an array and a pointer at once are an operand that no copy takes")
  func both() throws {
    let copy = try decode([
      "srcPtr": 0x1000, "srcPitch": 512, "srcArray": 0x77, "dstArray": 0x78, "width": 10, "height": 1,
      "depth": 1, "kind": 1,
    ])
    #expect(copy.source == .unusable(0x1000))
    #expect(copy.destination == .array(0x78, x: 0, y: 0, z: 0, xInBytes: false))
  }

  @Test("an entry of a 3D batch: pointers count in elements, arrays have an offset")
  func batch() throws {
    let function = try #require(ApiTable.functions.named("cudaMemcpy3DBatchAsync"))
    let event = Event(
      number: 1, function: function.id, arguments: [0x55, 0, 1],
      tail: [2, 0x77, 1, 2, 3, 1, 0x1000, 128, 16, 0, 10, 4, 2, 3])
    guard case .copyBatch(let copies, let stream) = Operation(event, functions: ApiTable.functions) else {
      Issue.record("not a batch")
      return
    }
    #expect(stream == .created(0x55) && copies.count == 1)
    #expect(copies[0].destination == .array(0x77, x: 1, y: 2, z: 3, xInBytes: false))
    #expect(copies[0].source == .elements(0x1000, rowLength: 128, layerHeight: 16))
    #expect(copies[0].extent == Copy.Extent(width: 10, height: 4, depth: 2, dimensions: 3))
    #expect(copies[0].sourceAccessOrder == 3 && copies[0].kind == nil)
  }

  @Test("an invalid kind and an empty extent are passed on as they are")
  func degenerate() throws {
    let copy = try decode(["kind": 9])
    #expect(copy.kind == 9)
    #expect(copy.extent.isEmpty)
    #expect(copy.source == .pitched(0, pitch: 0, sliceHeight: 0))
  }

  @Test("a memset keeps the low byte of its value")
  func value() throws {
    let function = try #require(ApiTable.functions.named("cudaMemset"))
    let event = Event(number: 1, function: function.id, arguments: [0x1000, UInt64(bitPattern: -2), 16])
    guard case .fill(let fill) = Operation(event, functions: ApiTable.functions) else {
      Issue.record("not a fill")
      return
    }
    #expect(fill.value == 0xfe)
  }

  private func decode(_ fields: [String: UInt64]) throws -> Copy {
    let function = try #require(ApiTable.functions.named("cudaMemcpy3D"))
    let event = Event(
      number: 1, function: function.id, arguments: Arguments(function.fields.map { fields[$0.name] ?? 0 }))
    guard case .copy(let copy) = Operation(event, functions: ApiTable.functions) else {
      throw NotACopy()
    }
    return copy
  }

  private struct NotACopy: Error {}
}
