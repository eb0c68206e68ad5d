/// Copies and fills of all functions in one form.
///
/// Source: CUDA Runtime API, "Memory Management". For `cudaMemcpy3DParms` it says that a position counts elements of its
/// own object, which are bytes for a pointer, and that the extent counts elements of the array where one takes part,
/// else bytes. The offsets of the older 2D array functions are in bytes, and so is all that the driver counts.

extension CallArguments {
  /// A copy of any number of dimensions. `kind` is the direction of a function that has no such argument.
  func copy(kind: Int32? = nil) -> Copy {
    // One symbol parameter serves both directions: it stands for the operand that the function does not have.
    let isToSymbol = has(.symbol) && !has(.destination)
    let isFromSymbol = has(.symbol) && !isToSymbol
    let symbol = Copy.Place.symbol(word(.symbol), offset: word(.offset))
    return Copy(
      destination: isToSymbol ? symbol : place(.destination),
      source: isFromSymbol ? symbol : place(.source),
      extent: extent, kind: has(.kind) ? signed(.kind) : kind, stream: stream, isAsync: has(.stream),
      peers: peers)
  }

  /// The entries of a batch, or nil when they are not known.
  var batch: [Copy]? {
    items?.map { item in
      Copy(
        destination: .linear(item[item.startIndex]), source: .linear(item[item.startIndex + 1]),
        extent: Copy.Extent(width: item[item.startIndex + 2]), kind: nil, stream: stream, isAsync: true,
        sourceAccessOrder: Int32(truncatingIfNeeded: item[item.startIndex + 3]))
    }
  }

  /// The entries of a 3D batch, or nil when they are not known.
  var batch3D: [Copy]? {
    items?.map { item in
      let words = Array(item)
      return Copy(
        destination: Self.operand(words[0..<5]), source: Self.operand(words[5..<10]),
        extent: Copy.Extent(width: words[10], height: words[11], depth: words[12], dimensions: 3), kind: nil,
        stream: stream, isAsync: true, sourceAccessOrder: Int32(truncatingIfNeeded: words[13]))
    }
  }

  /// `cudaMemcpy3DOperand`: a type, a pointer or an array, and three words that its type gives a meaning.
  private static func operand(_ words: ArraySlice<UInt64>) -> Copy.Place {
    let words = Array(words)
    return switch words[0] {
    case 1: .elements(words[1], rowLength: words[2], layerHeight: words[3])
    case 2: .array(words[1], x: words[2], y: words[3], z: words[4], xInBytes: false)
    default: .unusable(words[1])
    }
  }

  /// A memset of elements of `elementSize` bytes, or of as many as the call says. The extent counts elements where
  /// they are not bytes.
  func fill(elementSize: UInt32 = 1) -> Fill {
    let size = has(.elementSize) ? unsigned(.elementSize) : elementSize
    var bytes = extent
    bytes.width = product(bytes.width, UInt64(size))
    let value = size == 1 ? unsigned(.value) & 0xff : size == 2 ? unsigned(.value) & 0xffff : unsigned(.value)
    return Fill(
      destination: place(.destination), extent: bytes, value: value, elementSize: size, stream: stream,
      isAsync: has(.stream))
  }

  private var peers: Copy.Peers? {
    guard has(.destinationDevice) else { return nil }
    return Copy.Peers(destination: signed(.destinationDevice), source: signed(.sourceDevice))
  }

  private var extent: Copy.Extent {
    if has(.depth) {
      return Copy.Extent(width: word(.width), height: word(.height), depth: word(.depth), dimensions: 3)
    }
    if has(.height) { return Copy.Extent(width: word(.width), height: word(.height), dimensions: 2) }
    return Copy.Extent(width: word(has(.width) ? .width : .bytes))
  }

  /// One operand, by the roles of its side.
  private func place(_ side: Side) -> Copy.Place {
    let is3D = has(.depth)
    // `cudaMemcpy3DParms` and the structures of the driver have both an array and a pointer, and mean the one that is
    // not null. It is an error to give both to the runtime.
    if has(side.array), !has(side.address) || word(side.array) != 0 {
      if is3D, !function.isDriver, word(side.address) != 0 { return .unusable(word(side.address)) }
      return .array(
        word(side.array), x: word(side.x), y: word(side.y), z: word(side.z),
        xInBytes: !is3D || function.isDriver)
    }
    if has(side.pitch) {
      // The driver asks for no pitch where there is one row.
      if function.isDriver, word(side.pitch) == 0, extent.height == 1, extent.depth == 1,
        word(side.y) == 0, word(side.z) == 0
      {
        return .linear(word(side.address) &+ word(side.x))
      }
      return .pitched(
        word(side.address), pitch: word(side.pitch), sliceHeight: word(side.height), x: word(side.x),
        y: word(side.y),
        z: word(side.z))
    }
    return .linear(word(side.address))
  }

  /// The roles that describe one side of a copy.
  private struct Side {
    var address, array, pitch, height, x, y, z: Role

    static let destination = Side(
      address: .destination, array: .destinationArray, pitch: .destinationPitch, height: .destinationHeight,
      x: .destinationX, y: .destinationY, z: .destinationZ)
    static let source = Side(
      address: .source, array: .sourceArray, pitch: .sourcePitch, height: .sourceHeight, x: .sourceX,
      y: .sourceY,
      z: .sourceZ)
  }
}
