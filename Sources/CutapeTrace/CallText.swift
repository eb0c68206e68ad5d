/// A call as text: `cudaMemcpyAsync(dst=0x7f2a00, src=0x7f1000, count=4 KiB, kind=H2D, stream=0x55d0)`.

/// Prints calls; every kind of argument as people write it.
package enum CallText {
  /// One argument: a number as it is, or a text that stands for it.
  package enum Value: Sendable, Hashable {
    case number(Int64)
    case text(String)
    case list([String])
  }

  /// The whole call, with its exported name.
  package static func call(_ event: Event, _ function: Function) -> String {
    var text = "\(function.name.escaped)\(event.variant.suffix)("
    for (index, field) in function.fields.enumerated() where index < event.arguments.count {
      if index > 0 { text += ", " }
      text += "\(field.name.escaped)=\(argument(index, of: event, function))"
    }
    return text + ")"
  }

  /// What the call returned: `cudaSuccess`, `cudaErrorInvalidValue (1)`, `<in flight>`; empty for the functions that
  /// return no error code.
  package static func result(_ event: Event, _ function: Function) -> String {
    if event.isInFlight { return "<in flight>" }
    if !function.effect.returnsError { return "" }
    if event.result == 0 { return function.isDriver ? "CUDA_SUCCESS" : "cudaSuccess" }
    return ResultName.description(event.result, isDriver: function.isDriver)
  }

  /// The argument at `index` for people: sizes in KiB and MiB where that is exact, strings in quotes.
  package static func argument(_ index: Int, of event: Event, _ function: Function) -> String {
    switch value(index, of: event, function) {
    case .number(let number):
      switch function.fields[index].role {
      case .bytes, .width, .destinationPitch, .sourcePitch, .outPitch, .sharedMemory:
        Units.exactSize(UInt64(bitPattern: number))
      default: "\(number)"
      }
    case .text(let text): function.fields[index].role == .text ? "\"\(text.escaped)\"" : text
    case .list(let items): "[\(items.joined(separator: ", "))]"
    }
  }

  /// The argument at `index` for machines: sizes and counts as numbers, addresses and handles in hexadecimal.
  package static func value(_ index: Int, of event: Event, _ function: Function) -> Value {
    let word = event.arguments[index]
    let field = function.fields[index]
    switch field.role {
    case .bytes, .destinationPitch, .sourcePitch, .destinationHeight, .sourceHeight, .width, .height, .depth,
      .destinationX, .destinationY, .destinationZ, .sourceX, .sourceY, .sourceZ, .offset, .count, .size,
      .sharedMemory:
      return .number(Int64(bitPattern: word))
    case .mode, .outMode:
      if field.role == .outMode, !hasResults(event) { return .text(result(word, event)) }
      let label =
        CaptureMode(function.effect, word)?.label ?? CaptureStatus(function.effect, word)?.label
      return label.map { .text($0) } ?? .number(Int64(UInt32(truncatingIfNeeded: word)))
    case .nodeType:
      let type = Int32(truncatingIfNeeded: word)
      return NodeType(rawValue: type).map { .text($0.label) } ?? .number(Int64(type))
    case .gridX, .gridY, .gridZ, .blockX, .blockY, .blockZ, .flags, .formatKind, .elementSize:
      return .number(Int64(UInt32(truncatingIfNeeded: word)))
    case .value, .destinationDevice, .sourceDevice, .device, .priority, .formatX, .formatY, .formatZ,
      .formatW, .locationType:
      return .number(Int64(Int32(truncatingIfNeeded: word)))
    case .kind:
      let kind = Int32(truncatingIfNeeded: word)
      return CopyDirection(rawValue: kind).map { .text($0.label) } ?? .number(Int64(kind))
    case .stream: return .text(stream(word))
    case .outPitch:
      return hasResults(event) ? .number(Int64(bitPattern: word)) : .text(result(word, event))
    case .outPointer, .outStream, .outEvent, .outArray, .outGraph, .outGraphExec, .outGraphNode, .outPool,
      .outKernel, .outContext, .outValue:
      return .text(result(word, event))
    case .destination, .source, .destinationArray, .sourceArray, .symbol, .pointer, .event, .array, .graph,
      .graphExec, .graphNode, .pool, .kernel, .library, .context, .memoryHandle, .hostFunction, .callback,
      .userData:
      return .text(word == 0 ? "null" : Units.hex(word))
    case .opaque: return .text(word == 0 ? "0" : Units.hex(word))
    case .text: return .text(event.text(of: function) ?? "")
    case .dependencies: return nodes(event, function)
    case .nodeWords: return nodeWords(event, function)
    case .items: return items(event, function)
    }
  }

  private static func hasResults(_ event: Event) -> Bool { !event.isInFlight && event.result == 0 }

  /// A result; of a call that gave none, the address where the program wanted it: `&0x7ffc10`.
  private static func result(_ word: UInt64, _ event: Event) -> String {
    word == 0 ? "null" : "\(hasResults(event) ? "" : "&")\(Units.hex(word))"
  }

  private static func stream(_ handle: UInt64) -> String {
    switch handle {
    case 0: "0"
    case 1: "cudaStreamLegacy"
    case 2: "cudaStreamPerThread"
    default: Units.hex(handle)
    }
  }

  /// The nodes that come before.
  private static func nodes(_ event: Event, _ function: Function) -> Value {
    let call = CallArguments(event: event, function: function)
    return call.list(.dependencies).map { .list($0.map(Units.hex)) } ?? .text("?")
  }

  /// What a node of any type does, as the function that adds this type alone would say it.
  private static func nodeWords(_ event: Event, _ function: Function) -> Value {
    guard let (event, function) = CallArguments(event: event, function: function).typedNode else {
      return .text("?")
    }
    return .list(
      function.fields.indices.dropLast().map { index in
        "\(function.fields[index].name)=\(argument(index, of: event, function))"
      })
  }

  private static func items(_ event: Event, _ function: Function) -> Value {
    let call = CallArguments(event: event, function: function)
    guard let items = call.items else { return .text("?") }
    return .list(
      items.map { item in
        let words = Array(item)
        return switch function.effect {
        case .launch, .launchNode, .anyNode:
          "\(words[0] >> 8): \(["", "const ", "perhaps "][Int(min(words[0] & 3, 2))])\(Units.hex(words[1]))"
        case .addEdges, .removeEdges: "\(Units.hex(words[0])) -> \(Units.hex(words[1]))"
        case .copyBatch: "\(Units.hex(words[0])) <- \(Units.hex(words[1])): \(Units.exactSize(words[2]))"
        case .copyBatch3D:
          "\(Units.hex(words[1])) <- \(Units.hex(words[6])): \(words[10]) x \(words[11]) x \(words[12])"
        case .discardBatch: "\(Units.hex(words[0])): \(Units.exactSize(words[1]))"
        case .prefetchBatch, .discardPrefetchBatch:
          "\(Units.hex(words[0])): \(Units.exactSize(words[1])), to \(words[2]).\(words[3])"
        case .setPoolAccess, .setAccess: "\(words[0]).\(words[1]): \(words[2])"
        default: Units.hex(words[0])
        }
      })
  }
}

/// `cudaMemcpyKind`, as people abbreviate it.
package enum CopyDirection: Int32, Sendable, Hashable, CaseIterable {
  case hostToHost = 0
  case hostToDevice = 1
  case deviceToHost = 2
  case deviceToDevice = 3
  /// `cudaMemcpyDefault`: the pointers say it.
  case inferred = 4

  package var label: String {
    switch self {
    case .hostToHost: "H2H"
    case .hostToDevice: "H2D"
    case .deviceToHost: "D2H"
    case .deviceToDevice: "D2D"
    case .inferred: "default"
    }
  }
}

extension Effect {
  /// Whether functions of this effect return a `cudaError_t`.
  package var returnsError: Bool {
    switch self {
    case .registerBinary, .registerKernel, .registerVariable, .registerManaged, .pushConfiguration,
      .describeError, .shimModule, .shimThread, .shimStack, .shimSource, .shimSourceChanged, .shimContent,
      .shimFrames, .shimCallStack,
      .hostRead,
      .hostWrite,
      .hostTouch, .workDone:
      false
    default: true
    }
  }
}
