/// What one recorded argument means.
///
/// The raw values are stored in traces by name; decoders, printers and `Operation` switch over all of them, so a
/// new kind of argument stops the compiler until every reader understands it.
package enum Role: String, Sendable, Hashable, CaseIterable {
  // Linear operands of copies and fills.
  case destination, source, bytes, kind, value
  case destinationPitch, sourcePitch, destinationHeight, sourceHeight
  case width, height, depth
  // Offsets inside an array or a pitched block (elements if an array takes part, else bytes).
  case destinationX, destinationY, destinationZ, sourceX, sourceY, sourceZ
  case destinationArray, sourceArray
  case destinationDevice, sourceDevice
  case symbol, offset
  // A pointer that is freed, registered, queried, advised or prefetched.
  case pointer
  // Handles that go in.
  case stream, event, array, graph, graphExec, graphNode, pool, kernel, library, context
  // Physical memory, without an address (`CUmemGenericAllocationHandle`).
  case memoryHandle
  // Results, stored after success in place of the address where the program wanted them.
  case outPointer, outPitch, outStream, outEvent, outArray, outGraph, outGraphExec, outGraphNode, outPool
  case outKernel, outContext, outValue
  // A result of four bytes: a capture mode or a capture status.
  case outMode
  // Plain values.
  case device, flags, priority, count, size, mode
  // `cudaMemLocationType`; the role `device` is then the number that goes with it.
  case locationType
  // Element format of an array, bits per channel and its kind.
  case formatX, formatY, formatZ, formatW, formatKind
  // Launches.
  case hostFunction, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedMemory
  case callback, userData
  // Graphs: bytes of an element of a fill, `cudaGraphNodeType`.
  case elementSize, nodeType
  // An address or a number that is kept but not interpreted.
  case opaque
  // A string: this word is its length in bytes, the bytes are in the tail.
  case text
  // How many nodes the tail has before the items: those that a node, or the next call of a stream, comes after.
  case dependencies
  // How many words that describe a node the tail has before the items: see ``NodeType/fields``.
  case nodeWords
  // How many items the tail has: batch entries, kernel arguments.
  case items
}
