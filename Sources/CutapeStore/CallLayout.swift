/// Where the arguments of a function are kept: in the shape that many calls share, in one of the three columns of
/// the call, or in its `rest`.
///
/// The layout is written into the trace (`field.place`), so a reader never decides it again: what is said here may
/// change without a new version of the format.

import CutapeTrace

/// The places of one function's arguments, in the order of its fields.
struct CallLayout: Sendable {
  /// A place, as `field.place` spells it.
  enum Place: String, Sendable, CaseIterable {
    case shape, a, b, c, rest
  }

  var places: [Place]

  init(places: [Place]) {
    self.places = places
  }

  /// The layout of a new trace: what seldom varies goes to the shape, the first three others get the columns.
  init(_ function: Function) {
    var columns: [Place] = [.a, .b, .c]
    places = function.fields.map { field in
      if field.role.isShared { return .shape }
      return columns.isEmpty ? .rest : columns.removeFirst()
    }
  }
}

extension Role {
  /// Whether arguments of this role take few values in a run, so that calls can share them.
  var isShared: Bool {
    switch self {
    case .kind, .value, .destinationPitch, .sourcePitch, .destinationHeight, .sourceHeight, .height, .depth,
      .destinationX, .destinationY, .destinationZ, .sourceX, .sourceY, .sourceZ, .destinationArray,
      .sourceArray,
      .destinationDevice, .sourceDevice, .symbol, .stream, .array, .graphExec, .pool, .kernel, .library,
      .context,
      .device,
      .locationType, .flags, .priority, .count, .mode, .formatX, .formatY, .formatZ, .formatW, .formatKind,
      .hostFunction,
      .gridX, .gridY, .gridZ, .blockX, .blockY, .blockZ, .sharedMemory, .callback, .elementSize, .nodeType,
      .dependencies, .nodeWords, .items:
      true
    case .destination, .source, .bytes, .width, .offset, .pointer, .event, .graph, .graphNode, .outPointer,
      .outPitch, .outStream, .outEvent, .outArray, .outGraph, .outGraphExec, .outGraphNode, .outPool,
      .outKernel, .outContext, .outValue, .outMode, .size, .userData, .memoryHandle, .opaque, .text:
      false
    }
  }
}
