package import CutapeBridge
import CutapeEmulator
import CutapeTrace

// What the C side asks of graphs: `cut_graphs.h` says what each does.

@c(cut_listNodes) @implementation
package func listNodes(
  _ graph: UInt64, _ areRoots: Int32, _ nodes: UnsafeMutablePointer<UInt64>?,
  _ count: UnsafeMutablePointer<Int>
) -> Int32 {
  Runtime.locked { runtime in
    guard let graph = runtime.emulator.graph(graph), graph.isAlive else { return ErrorCode.invalidValue }
    let listed = areRoots == 0 ? graph.nodes : graph.nodes.filter(\.dependencies.isEmpty)
    fill(nodes, count, with: listed.map { $0.handle ?? 0 })
    return ErrorCode.success
  }
}

@c(cut_listEdges) @implementation
package func listEdges(
  _ graph: UInt64, _ from: UnsafeMutablePointer<UInt64>?, _ to: UnsafeMutablePointer<UInt64>?,
  _ count: UnsafeMutablePointer<Int>
) -> Int32 {
  Runtime.locked { runtime in
    guard let graph = runtime.emulator.graph(graph), graph.isAlive, (from == nil) == (to == nil) else {
      return ErrorCode.invalidValue
    }
    let handles = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.id, $0.handle ?? 0) })
    let edges = graph.nodes.flatMap { node in
      node.dependencies.map { (from: handles[$0] ?? 0, to: node.handle ?? 0) }
    }
    let room = count.pointee
    fill(from, count, with: edges.map(\.from))
    count.pointee = room
    fill(to, count, with: edges.map(\.to))
    return ErrorCode.success
  }
}

@c(cut_listNeighbours) @implementation
package func listNeighbours(
  _ node: UInt64, _ areDependents: Int32, _ nodes: UnsafeMutablePointer<UInt64>?,
  _ count: UnsafeMutablePointer<Int>
) -> Int32 {
  Runtime.locked { runtime in
    guard let state = runtime.emulator.graphNode(node), let graph = runtime.emulator.graph(ofNode: node)
    else {
      return ErrorCode.invalidValue
    }
    let listed = graph.nodes.filter { other in
      areDependents == 0 ? state.dependencies.contains(other.id) : other.dependencies.contains(state.id)
    }
    fill(nodes, count, with: listed.map { $0.handle ?? 0 })
    return ErrorCode.success
  }
}

/// Writes `handles` into an array with room for `count`, and how many they are.
private func fill(
  _ array: UnsafeMutablePointer<UInt64>?, _ count: UnsafeMutablePointer<Int>, with handles: [UInt64]
) {
  guard let array else {
    count.pointee = handles.count
    return
  }
  for index in 0..<count.pointee { array[index] = index < handles.count ? handles[index] : 0 }
  count.pointee = min(count.pointee, handles.count)
}

@c(cut_describeNode) @implementation
package func describeNode(_ handle: UInt64, _ info: UnsafeMutablePointer<CUTNodeInfo>) -> Int32 {
  Runtime.locked { runtime in
    guard let node = runtime.emulator.graphNode(handle) else { return ErrorCode.invalidValue }
    guard let type = node.action.type else { return ErrorCode.notSupported }
    var described = CUTNodeInfo()
    described.type = type
    described.device = node.device
    switch node.action {
    case .copy(let copy):
      described.kind = copy.kind ?? 0
      described.source = runtime.place(copy.source, copy.extent)
      described.destination = runtime.place(copy.destination, copy.extent)
      described.setExtent(copy.extent)
    case .fill(let fill):
      described.destination = runtime.place(fill.destination, fill.extent)
      described.setExtent(fill.extent)
      described.width /= UInt64(max(fill.elementSize, 1))
      described.value = fill.value
      described.elementSize = fill.elementSize
    case .launch(let launch):
      described.function = launch.kernel
      described.grid = (launch.grid.x, launch.grid.y, launch.grid.z)
      described.block = (launch.block.x, launch.block.y, launch.block.z)
      described.sharedMemory = UInt32(clamping: launch.sharedMemory)
    case .hostFunction(let callback, let userData):
      described.function = callback
      described.userData = userData
    case .recordEvent(let event), .waitEvent(let event): described.event = event
    case .allocate(let allocation):
      described.address = allocation.address ?? 0
      described.size = allocation.size
    case .free(let address): described.address = address
    case .childGraph, .empty, .unsupported: break
    }
    info.pointee = described
    return ErrorCode.success
  }
}

extension CUTNodeInfo {
  fileprivate mutating func setExtent(_ extent: Copy.Extent) {
    (width, height, depth) = (extent.width, extent.height, extent.depth)
  }
}

extension Runtime {
  /// A side of a copy as `cudaMemcpy3DParms` says it.
  fileprivate func place(_ place: Copy.Place, _ extent: Copy.Extent) -> CUTPlace {
    var described = CUTPlace()
    switch place {
    case .linear(let address), .unusable(let address):
      described.setRows(address, pitch: extent.width, ysize: 1)
    case .elements(let address, let rowLength, let layerHeight):
      described.setRows(
        address, pitch: rowLength == 0 ? extent.width : rowLength,
        ysize: layerHeight == 0 ? extent.height : layerHeight)
    case .symbol(let shadow, let offset):
      let address = emulator.apply(.symbolAddress(shadow: shadow, address: nil), by: caller()).values.first
      described.setRows((address ?? 0) &+ offset, pitch: extent.width, ysize: 1)
    case .pitched(let address, let pitch, let sliceHeight, let x, let y, let z):
      described.setRows(address, pitch: pitch, ysize: sliceHeight)
      (described.x, described.y, described.z) = (x, y, z)
    case .array(let handle, let x, let y, let z, _):
      described.array = handle
      (described.x, described.y, described.z) = (x, y, z)
    }
    return described
  }
}

extension CUTPlace {
  fileprivate mutating func setRows(_ address: UInt64, pitch: UInt64, ysize: UInt64) {
    (self.pointer, self.pitch, self.xsize, self.ysize) = (address, pitch, pitch, ysize)
  }
}

@c(cut_describeCapture) @implementation
package func describeCapture(
  _ handle: UInt64, _ variant: UInt8, _ info: UnsafeMutablePointer<CUTCaptureInfo>
) -> Int32 {
  Runtime.locked { runtime in
    let stream = StreamReference(handle: handle, variant: Variant(rawValue: variant) ?? .plain)
    let caller = runtime.caller()
    let code = runtime.emulator.result(of: .capture(.status(stream)), by: caller)
    guard code == ErrorCode.success else { return code }
    info.pointee = CUTCaptureInfo()
    guard let capture = runtime.emulator.capture(of: stream, by: caller) else { return ErrorCode.success }
    info.pointee.status = capture.invalidatedBy == nil ? 1 : 2
    info.pointee.id = UInt64(capture.id)
    guard capture.invalidatedBy == nil, let graph = runtime.emulator.graph(id: capture.graph),
      let id = runtime.emulator.stream(stream, by: caller)?.id
    else { return ErrorCode.success }
    info.pointee.graph = graph.handle
    let tails = Set(capture.tails[id] ?? [])
    let nodes = runtime.keepDependencies(
      graph.nodes.filter { tails.contains($0.id) }.map { $0.handle ?? 0 }, ofStream: id)
    info.pointee.dependencies = UnsafePointer(nodes.baseAddress)
    info.pointee.dependencyCount = nodes.count
    return ErrorCode.success
  }
}

@c(cut_isNodeEnabled) @implementation
package func isNodeEnabled(
  _ exec: UInt64, _ node: UInt64, _ isEnabled: UnsafeMutablePointer<UInt32>
) -> Int32 {
  Runtime.locked { runtime in
    // What cannot be disabled cannot be asked either.
    let code = runtime.emulator.result(
      of: .graph(.setEnabled(exec: exec, node: node, true)), by: runtime.caller())
    guard code == ErrorCode.success else { return code }
    isEnabled.pointee = runtime.emulator.execNode(node, of: exec)?.isEnabled == true ? 1 : 0
    return ErrorCode.success
  }
}

@c(cut_execFlags) @implementation
package func execFlags(_ handle: UInt64, _ flags: UnsafeMutablePointer<UInt64>) -> Int32 {
  Runtime.locked { runtime in
    guard let exec = runtime.emulator.graphExec(handle), exec.isAlive else { return ErrorCode.invalidValue }
    flags.pointee = exec.flags
    return ErrorCode.success
  }
}

@c(cut_explainUpdate) @implementation
package func explainUpdate(_ exec: UInt64, _ graph: UInt64, _ info: UnsafeMutablePointer<CUTUpdateInfo>) {
  info.pointee = Runtime.locked { runtime in
    let mismatch = runtime.emulator.updateMismatch(of: exec, from: graph)
    return CUTUpdateInfo(result: mismatch?.kind.rawValue ?? 0, errorNode: mismatch?.node ?? 0)
  }
}
