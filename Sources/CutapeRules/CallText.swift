package import CutapeEmulator
package import CutapeReplay
import CutapeTrace

// Calls in the words of the program: objects, streams and events by name, sizes in bytes.

extension Replay {
  /// The newest call.
  var call: Finding.Call { call(step.event, step.movements.first) }

  /// A call that was the newest once, with its first movement, in the words of now.
  func call(_ event: Event, _ movement: Movement?) -> Finding.Call {
    call(
      event, destination: movement.map { text($0.destination) },
      source: movement?.source.map { text($0) })
  }

  /// An operation that was submitted: a call, or a node of a graph that the call launched.
  package func call(_ operation: SubmittedOperation) -> Finding.Call {
    guard let node = operation.node else { return call(operation, of: operation.event) }
    let text = origin(of: operation)?.text
    return Finding.Call(
      number: operation.event.number, thread: operation.event.thread, site: operation.event.site,
      stack: operation.event.stack,
      function: operation.event.function, text: text.map { "\(node.name): \($0)" } ?? node.name)
  }

  /// The call that became the node of a graph; nil for what is no node, or when it was not seen.
  func origin(of operation: SubmittedOperation) -> Finding.Call? {
    guard let origin = operation.node?.origin else { return nil }
    return call(operation, of: origin.event, stream: origin.stream)
  }

  /// A node of the graph that the newest call launched, and the call that became it.
  func call(_ outlived: OutlivedNode) -> Finding.Call {
    var call = call
    call.text = origin(of: outlived).map { "\(outlived.node.name): \($0.text)" } ?? outlived.node.name
    return call
  }

  func origin(of outlived: OutlivedNode) -> Finding.Call? {
    guard let origin = outlived.node.origin else { return nil }
    return call(
      origin.event, destination: outlived.movement.map { text($0.destination) },
      source: outlived.movement?.source.map { text($0) }, stream: origin.stream)
  }

  private func call(_ operation: SubmittedOperation, of event: Event, stream: String? = nil) -> Finding.Call {
    call(
      event, destination: operation.operands.destination.map { text($0) },
      source: operation.operands.source.map { text($0) },
      stream: stream ?? emulator.stream(id: operation.stream)?.name)
  }

  /// A call of which little more than the place is kept.
  func call(_ place: CallPlace) -> Finding.Call {
    Finding.Call(place, functions[place.function]?.name ?? "?")
  }

  /// The call with `number`, by which memory, a stream or an event went; nil when it is not remembered.
  func call(number: Int) -> Finding.Call? {
    place(ofCall: number).map { call($0) }
  }

  private func call(
    _ event: Event, destination: String?, source: String?, stream: String? = nil
  ) -> Finding.Call {
    Finding.Call(
      number: event.number, thread: event.thread, site: event.site, stack: event.stack,
      function: event.function,
      text: text(event, destination: destination, source: source, stream: stream))
  }

  /// `d2+0x800`: a position in an object; `host 0x7f..` for memory that CUDA does not know.
  func text(_ footprint: Footprint) -> String {
    guard let id = footprint.object else { return "host 0x\(String(footprint.start, radix: 16))" }
    guard let object = emulator.space.object(id) else { return "freed memory" }
    return position(footprint.start, in: object.name)
  }

  func text(_ side: Side) -> String {
    if side.pointer == 0 { return "NULL" }
    if let object = side.object, side.isAlive || !object.kind.isHost {
      return position(side.footprint.start, in: object.name)
    }
    if side.isSymbol { return "variable 0x\(String(side.pointer, radix: 16))" }
    return "\(side.isArray ? "array" : "host") 0x\(String(side.pointer, radix: 16))"
  }

  func position(_ offset: UInt64, in name: String) -> String {
    offset == 0 ? name : "\(name)+0x\(String(offset, radix: 16))"
  }

  /// `d2 = cudaMalloc(65536), #41`, with the calls that made and freed it.
  package func origin(_ object: MemoryObject) -> Finding.Memory {
    let size = object.range.count
    let text =
      switch object.kind {
      case .device where object.rows != nil:
        "cudaMallocPitch(\(object.rows?.width ?? 0) x \(object.rows?.count ?? 0), pitch \(object.rows?.pitch ?? 0))"
      case .device: "cudaMalloc(\(size))"
      case .async: "cudaMallocAsync(\(size))"
      case .managed:
        object.symbolName.map { "managed variable \(Demangler.name($0)), \(size) bytes" }
          ?? "cudaMallocManaged(\(size))"
      case .pinned where object.pool != nil: "cudaMallocFromPoolAsync(\(size))"
      case .pinned: "cudaMallocHost(\(size))"
      case .registered: "cudaHostRegister(\(size))"
      case .array: "cudaMallocArray(\(object.byteCount) bytes)"
      case .symbol: "variable \(object.symbolName.map(Demangler.name) ?? "?"), \(size) bytes"
      case .physical: "cuMemCreate(\(size))"
      case .mapped: "cuMemMap(\(size))"
      }
    return Finding.Memory(
      name: object.name, kind: object.kind.rawValue,
      text: "\(object.name) = \(text)\(object.createdBy > 0 ? ", #\(object.createdBy)" : "")",
      allocated: place(ofCall: object.createdBy).map { Finding.Call($0, text) },
      freed: object.freedBy.map { number in
        call(number: number) ?? Finding.Call(number: number, thread: 0, site: 0, function: 0, text: "?")
      })
  }

  private func text(_ event: Event, destination: String?, source: String?, stream: String?) -> String {
    guard let function = functions[event.function] else { return "unknown function \(event.function)" }
    let caller = Caller(
      thread: event.thread, isDriver: function.isDriver, number: event.number)
    func word(_ role: Role) -> UInt64? {
      function.index(of: role).flatMap { $0 < event.arguments.count ? event.arguments[$0] : nil }
    }
    func streamName() -> String {
      if let stream { return stream }
      let reference = StreamReference(handle: word(.stream) ?? 0, variant: event.variant)
      return emulator.stream(reference, by: caller)?.name
        ?? "stream 0x\(String(word(.stream) ?? 0, radix: 16))"
    }
    let name = function.name + event.variant.suffix
    switch function.effect {
    case .launch:
      let grid = [Role.gridX, .gridY, .gridZ].map { String(word($0) ?? 1) }.joined(separator: "x")
      let block = [Role.blockX, .blockY, .blockZ].map { String(word($0) ?? 1) }.joined(separator: "x")
      let kernel = emulator.kernelName(word(.kernel) ?? 0).map(Demangler.name) ?? "kernel"
      return "\(kernel)<<<\(grid), \(block), \(streamName())>>>"
    case .copyBatch, .copyBatch3D:
      return "\(name)(\(word(.items) ?? 0) copies, \(streamName()))"
    case .prefetchBatch, .discardBatch, .discardPrefetchBatch:
      return "\(name)(\(word(.items) ?? 0) ranges, \(streamName()))"
    case let effect where effect.isCopy && function.index(of: .depth) != nil:
      let extent = [Role.width, .height, .depth].map { String(word($0) ?? 0) }.joined(separator: " x ")
      var parts = [destination ?? "?", source ?? "?", extent]
      if let kind = word(.kind) { parts.append(Self.kind(kind)) }
      if function.index(of: .stream) != nil { parts.append(streamName()) }
      return "\(name)(\(parts.joined(separator: ", ")))"
    default: break
    }
    var parts: [String] = []
    for (index, field) in function.fields.enumerated() where index < event.arguments.count {
      let value = event.arguments[index]
      switch field.role {
      case .destination, .destinationArray: parts.append(destination ?? "0x\(String(value, radix: 16))")
      case .source, .sourceArray: parts.append(source ?? "0x\(String(value, radix: 16))")
      case .symbol:
        parts.append(
          (function.index(of: .source) == nil ? source : destination) ?? "0x\(String(value, radix: 16))")
      case .pointer, .array: parts.append(pointer(value, isArray: field.role == .array))
      case .pool: parts.append(emulator.pool(value)?.name ?? "pool 0x\(String(value, radix: 16))")
      case .memoryHandle:
        parts.append(emulator.physicalMemory(value)?.name ?? "memory 0x\(String(value, radix: 16))")
      case .stream: parts.append(streamName())
      case .event: parts.append(emulator.event(value)?.name ?? "event 0x\(String(value, radix: 16))")
      case .kind: parts.append(Self.kind(value))
      case .bytes, .value, .width, .height, .depth, .destinationPitch, .sourcePitch, .destinationHeight,
        .sourceHeight, .offset, .device, .sourceDevice, .destinationDevice, .count, .size:
        parts.append(String(value))
      case .flags where value != 0: parts.append("flags 0x\(String(value, radix: 16))")
      case .graph: parts.append(emulator.graph(value)?.name ?? "graph 0x\(String(value, radix: 16))")
      case .graphExec: parts.append(emulator.graphExec(value)?.name ?? "graph 0x\(String(value, radix: 16))")
      case .mode:
        if let mode = CaptureMode(function.effect, value) { parts.append(mode.label) }
      case .destinationX, .destinationY, .destinationZ, .sourceX, .sourceY, .sourceZ, .graphNode,
        .kernel, .library, .locationType, .context, .outPointer, .outPitch, .outStream, .outEvent, .outArray,
        .outGraph,
        .outGraphExec, .outGraphNode, .outPool, .outKernel, .outContext, .outValue, .outMode, .flags,
        .priority, .formatX,
        .formatY,
        .formatZ, .formatW, .formatKind, .hostFunction, .gridX, .gridY, .gridZ, .blockX, .blockY, .blockZ,
        .sharedMemory, .callback, .userData, .opaque, .text, .elementSize, .nodeType,
        .dependencies, .nodeWords, .items:
        break
      }
    }
    return "\(name)(\(parts.joined(separator: ", ")))"
  }

  private func pointer(_ address: Address, isArray: Bool) -> String {
    if address == 0 { return "NULL" }
    let object = isArray ? emulator.space.array(address) : emulator.space.lastObject(containing: address)
    guard let object else { return "0x\(String(address, radix: 16))" }
    return isArray ? object.name : position(address &- object.range.start, in: object.name)
  }

  private static func kind(_ value: UInt64) -> String {
    switch Int32(truncatingIfNeeded: value) {
    case 0: "H2H"
    case 1: "H2D"
    case 2: "D2H"
    case 3: "D2D"
    case 4: "Default"
    case let other: "kind \(other)"
    }
  }
}

extension Finding.Call {
  /// A call of which only the place is kept.
  fileprivate init(_ place: CallPlace, _ text: String) {
    self.init(
      number: place.number, thread: place.thread, site: place.site, stack: place.stack,
      function: place.function,
      text: text)
  }
}

/// Reads the name out of an Itanium-mangled one: enough for kernels and variables in namespaces.
enum Demangler {
  static func name(_ mangled: String) -> String {
    guard mangled.hasPrefix("_Z") else { return mangled }
    var rest = Substring(mangled.dropFirst(2))
    if rest.first == "N" { rest = rest.dropFirst() }
    if rest.first == "L" { rest = rest.dropFirst() }
    var parts: [Substring] = []
    while let length = Int(rest.prefix { $0.isNumber }), length > 0 {
      rest = rest.drop { $0.isNumber }
      guard length <= rest.count else { break }
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return parts.isEmpty ? mangled : parts.joined(separator: "::")
  }
}
