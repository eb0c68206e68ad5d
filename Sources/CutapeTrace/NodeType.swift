/// The values that calls of capture and graphs name: types of nodes, modes and states of capture.

/// `cudaGraphNodeType`, and what describes a node of each type in a call that takes nodes of any type.
package enum NodeType: Int32, Sendable, Hashable, CaseIterable {
  case kernel = 0
  case memcpy = 1
  case memset = 2
  case host = 3
  case graph = 4
  case empty = 5
  case waitEvent = 6
  case eventRecord = 7
  case semaphoreSignal = 8
  case semaphoreWait = 9
  case memAlloc = 10
  case memFree = 11
  case conditional = 13

  package var label: String { "\(self)" }

  /// A function that describes a node of this type alone: the words that role `nodeWords` counts are its arguments, up
  /// to the last, which counts the items. In functions of the driver they mean what the driver means.
  package func function(isDriver: Bool) -> Function {
    (isDriver ? Self.driverFunctions : Self.functions)[self, default: Self.nothing]
  }

  private static let nothing = function(.unsupportedNode, [])
  private static let driverFunctions = functions.mapValues {
    Function(id: $0.id, name: $0.name, effect: $0.effect, fields: $0.fields, isDriver: true)
  }
  private static let functions: [NodeType: Function] = [
    .kernel: function(
      .launchNode,
      [
        ("func", .kernel), ("gridX", .gridX), ("gridY", .gridY), ("gridZ", .gridZ), ("blockX", .blockX),
        ("blockY", .blockY), ("blockZ", .blockZ), ("sharedMemBytes", .sharedMemory),
      ]),
    .memcpy: function(
      .copyNode,
      [
        ("srcArray", .sourceArray), ("srcPosX", .sourceX), ("srcPosY", .sourceY), ("srcPosZ", .sourceZ),
        ("srcPtr", .source), ("srcPitch", .sourcePitch), ("srcXsize", .opaque), ("srcYsize", .sourceHeight),
        ("dstArray", .destinationArray), ("dstPosX", .destinationX), ("dstPosY", .destinationY),
        ("dstPosZ", .destinationZ), ("dstPtr", .destination), ("dstPitch", .destinationPitch),
        ("dstXsize", .opaque), ("dstYsize", .destinationHeight), ("width", .width), ("height", .height),
        ("depth", .depth), ("kind", .kind),
      ]),
    .memset: function(
      .fillNode,
      [
        ("dst", .destination), ("pitch", .destinationPitch), ("value", .value), ("elementSize", .elementSize),
        ("width", .width), ("height", .height),
      ]),
    .host: function(.hostNode, [("fn", .callback), ("userData", .userData)]),
    .graph: function(.childNode, [("childGraph", .graph)]),
    .empty: function(.emptyNode, []),
    .waitEvent: function(.waitNode, [("event", .event)]),
    .eventRecord: function(.recordNode, [("event", .event)]),
    .memAlloc: function(.allocateNode, [("bytesize", .bytes), ("location", .device), ("dptr", .outPointer)]),
    .memFree: function(.freeNode, [("dptr", .pointer)]),
  ]

  private static func function(_ effect: Effect, _ fields: [(name: String, role: Role)]) -> Function {
    Function(
      id: 0, name: "", effect: effect,
      fields: fields.map { Function.Field(name: $0.name, role: $0.role) }
        + [Function.Field(name: "kernelParams", role: .items)])
  }
}

/// `cudaStreamCaptureMode`
package enum CaptureMode: Int32, Sendable, Hashable, CaseIterable {
  case global = 0
  case threadLocal = 1
  case relaxed = 2

  package var label: String { "\(self)" }

  /// The mode that `word` means as an argument or result of a function of `effect`: other functions have modes of
  /// other kinds.
  package init?(_ effect: Effect, _ word: UInt64) {
    guard effect == .beginCapture || effect == .exchangeCaptureMode else { return nil }
    self.init(rawValue: Int32(truncatingIfNeeded: word))
  }
}

/// `cudaStreamCaptureStatus`
package enum CaptureStatus: Int32, Sendable, Hashable, CaseIterable {
  case none = 0
  case active = 1
  case invalidated = 2

  package var label: String { "\(self)" }

  /// The state that `word` means as the result of a function of `effect`.
  package init?(_ effect: Effect, _ word: UInt64) {
    guard effect == .captureStatus else { return nil }
    self.init(rawValue: Int32(truncatingIfNeeded: word))
  }
}
